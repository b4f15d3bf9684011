import EnvironmentFile
import Testing

@testable import Orchestration

@Suite("A boot that fails")
struct FailFastTests {
    @Test("stops all others at once and never tests")
    func stopsOthers() throws {
        let run = SimulatedRun(
            .sample(
                .sample("slow") { $0.ready = .any(.tcp(1)) },
                .sample("late") { $0.depend(on: "slow", .healthy) },
                .sample("bad") { $0.depend(on: "slow") },
                .sample("starting") { $0.depend(on: "slow") }),
            [
                "bad": Script(exit: (.milliseconds(7), .exited(2))),
                "starting": Script(startTakes: .seconds(5)),
            ])
        let error = try #require(try run.bootError())
        #expect(error.service == "bad")
        #expect(run.engine.calls.last == FakeEngine.Call(time: .milliseconds(7), text: "close"))
        #expect(!run.engine.texts.contains("start late"))
        #expect(run.engine.leftovers.isEmpty)
    }

    @Test("names a missing image before anything else, and each image is asked for once")
    func missingImage() throws {
        let environment = Environment.sample(
            .sample("a"), .sample("b"), .sample("c", at: line(7)) { $0.image = Located("nowhere", at: line(8, 12)) })
        let simulation = Simulation()
        let engine = FakeEngine(simulation) { request throws in
            guard request.name == "sample" else { throw EngineError(.imageMissing(request.name), remedy: "import it") }
            return .sample
        }
        let run = Run(
            environment: environment, engine: engine, clock: SimulatedClock(simulation: simulation),
            executor: simulation)
        let error = #expect(throws: BootError.self) { try simulation.run { try await run.perform() } }
        #expect(
            error?.description
                == """
                environment.yaml:8:12: error: no image for service 'c': no image 'nowhere' is in the store
                remedy: import it
                """)
        #expect(engine.texts.sorted() == ["image nowhere", "image sample"])
        #expect(error?.isEngineFault == false)
    }

    @Test("names a taken port before anything boots")
    func takenPort() throws {
        let run = SimulatedRun(
            .sample(.sample("db") { $0.ports = [Port(target: 5432, published: 5432, position: line(6, 9))] }),
            [
                "port 5432": Script(
                    startError: EngineError(.portTaken(address: "127.0.0.1", port: 5432, holder: "pid 7")))
            ])
        let error = try #require(try run.bootError())
        #expect(
            error.description
                == "environment.yaml:6:9: error: service 'db' can't publish a port: port 127.0.0.1:5432 is taken by pid 7"
        )
        #expect(run.engine.texts == ["image sample", "open", "publish db 5432", "close"])
    }

    @Test("points at the mount whose source is not there")
    func bindSource() throws {
        let mount = Mount(
            source: .bind(path: "/nowhere", createHostPath: false), target: "/data", position: line(12, 9))
        let run = SimulatedRun(
            .sample(.sample("db") { $0.mounts = [mount] }),
            ["db": Script(startError: EngineError(.bindSource(path: "/nowhere", errno: 2)))])
        let error = try #require(try run.bootError())
        #expect(error.position == line(12, 9))
        #expect(error.message.hasSuffix("'/nowhere' can't be mounted: No such file or directory"))
    }

    @Test("is an engine's fault only where nobody else can mend it")
    func engineFault() throws {
        let run = SimulatedRun(
            .sample(.sample("db")),
            ["db": Script(startError: EngineError(.systemCall(name: "mount", subject: "/proc", errno: 1)))])
        #expect(try #require(try run.bootError()).isEngineFault)
        let missing = SimulatedRun(
            .sample(.sample("db")), ["db": Script(startError: EngineError(.commandNotFound("serve")))])
        #expect(try #require(try missing.bootError()).isEngineFault == false)
    }

    @Test("is told in at most 30 lines, with the last of the log")
    func report() {
        var error = BootError(
            service: "db", phase: .readiness,
            reason: .unhealthy(failures: 3, last: (1...99).map { "probe \($0)" }.joined(separator: "\n")),
            logs: (1...50).map { LogLine(stream: .standardError, text: "line \($0)") }, position: line(4))
        error.teardownFailures = [
            TeardownFailure(step: "kill db", cause: EngineError(.sandboxLost("gone"))),
            TeardownFailure(step: "close", cause: EngineError(.sandboxLost("gone"))),
        ]
        let lines = error.description.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 30)
        #expect(
            lines.first
                == "environment.yaml:4:1: error: service 'db' is unhealthy: its health check failed 3 times in a row")
        #expect(lines.contains("  | line 50"))
        #expect(!lines.contains("  | line 30"))
        #expect(lines.last == "teardown: kill db: the environment's sandbox is gone: gone (and 1 more)")
    }
}
