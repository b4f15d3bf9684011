import EnvironmentFile
import Testing

@testable import Orchestration

@Suite("The teardown")
struct TeardownTests {
    private static func graceful(_ name: String, on dependencies: String...) -> Service {
        .sample(name) { service in
            service.stopGracePeriod = .seconds(10)
            for dependency in dependencies { service.depend(on: dependency) }
        }
    }

    private static func endings(_ run: SimulatedRun) -> [String] {
        run.engine.texts.filter { $0.hasPrefix("signal") || $0.hasPrefix("kill") || $0 == "close" }
    }

    @Test("is immediate where nobody asked for a graceful stop")
    func immediate() throws {
        let run = SimulatedRun(.sample(.sample("a"), .sample("b") { $0.depend(on: "a") }))
        _ = try run.perform()
        #expect(Self.endings(run) == ["close"])
    }

    @Test("stops dependents before what they depend on, and side by side what is independent")
    func reverseOrder() throws {
        let run = SimulatedRun(
            .sample(
                Self.graceful("db"), Self.graceful("api", on: "db"), Self.graceful("web", on: "api"),
                Self.graceful("worker", on: "db")),
            [
                "web": Script(stopTakes: .milliseconds(3)), "worker": Script(stopTakes: .milliseconds(9)),
                "api": Script(stopTakes: .milliseconds(3)),
            ])
        _ = try run.perform()
        #expect(run.engine.times(of: "signal web 15") == [.zero])
        #expect(run.engine.times(of: "signal worker 15") == [.zero])
        #expect(run.engine.times(of: "signal api 15") == [.milliseconds(3)])
        #expect(run.engine.times(of: "signal db 15") == [.milliseconds(9)])
        #expect(run.engine.times(of: "close") == [.milliseconds(9)])
    }

    @Test("kills a client that throws its state away before it stops the server that does not")
    func mixed() throws {
        let run = SimulatedRun(.sample(Self.graceful("db"), .sample("api") { $0.depend(on: "db") }))
        _ = try run.perform()
        #expect(Self.endings(run) == ["kill api", "signal db 15", "close"])
    }

    @Test("kills who does not end in its grace period")
    func gracePeriod() throws {
        let run = SimulatedRun(
            .sample(
                .sample("db") {
                    $0.stopSignal = "SIGQUIT"
                    $0.stopGracePeriod = .milliseconds(700)
                }), ["db": Script(stopTakes: nil)])
        _ = try run.perform()
        #expect(run.engine.times(of: "signal db 3") == [.zero])
        #expect(run.engine.times(of: "kill db") == [.milliseconds(700)])
    }

    @Test("goes on after a step that failed, and tells of each")
    func keepsFailures() throws {
        let lost = EngineError(.sandboxLost("half"))
        let run = SimulatedRun(
            .sample(Self.graceful("db"), Self.graceful("api", on: "db")),
            ["api": Script(sendError: lost), "close": Script(startError: lost)])
        let outcome = try run.perform()
        #expect(outcome.teardownFailures.map(\.step) == ["stop api", "close"])
        #expect(Self.endings(run) == ["signal api 15", "kill api", "signal db 15", "close"])
        #expect(outcome.ending == .exited(.exited(0)))
    }

    @Test("tells of its failures also after a failed boot")
    func failuresOfFailedBoot() throws {
        let run = SimulatedRun(
            .sample(.sample("db") { $0.ready = .any(.tcp(1)) }),
            [
                "db": Script(exit: (.zero, .exited(1))),
                "close": Script(startError: EngineError(.sandboxLost("half"))),
            ])
        #expect(try #require(try run.bootError()).teardownFailures.map(\.step) == ["close"])
    }

    @Test("does not signal who has ended already")
    func ended() throws {
        let run = SimulatedRun(
            .sample(Self.graceful("migrate"), .sample("db") { $0.stopGracePeriod = .seconds(1) }),
            ["migrate": Script(exit: (.zero, .exited(0)))])
        _ = try run.perform()
        #expect(Self.endings(run) == ["signal db 15", "close"])
    }
}
