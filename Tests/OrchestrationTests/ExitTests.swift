import EnvironmentFile
import Testing

@testable import Orchestration

/// What the end of a service means while others still boot, by what it is and who waits for it.
@Suite("A service that ends during the boot")
struct ExitTests {
    enum Wanted: String, CaseIterable, Sendable {
        case nobody, started, healthy, completed, completedOptionally, healthyOptionally
    }

    enum Shape: String, CaseIterable, Sendable {
        case plain, withPort, withReadiness
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var shape: Shape
        var wanted: Wanted
        var code: Int32
        var boots: Bool
        var testDescription: String { "\(shape), wanted by \(wanted), exit \(code): \(boots ? "boots" : "fails")" }
    }

    static let cases: [Case] = [
        // Done, unless something says that it should go on.
        Case(shape: .plain, wanted: .nobody, code: 0, boots: true),
        Case(shape: .plain, wanted: .started, code: 0, boots: true),
        Case(shape: .plain, wanted: .completed, code: 0, boots: true),
        Case(shape: .plain, wanted: .completedOptionally, code: 0, boots: true),
        Case(shape: .withPort, wanted: .nobody, code: 0, boots: false),
        Case(shape: .withPort, wanted: .started, code: 0, boots: false),
        Case(shape: .withPort, wanted: .completed, code: 0, boots: true),
        Case(shape: .withPort, wanted: .completedOptionally, code: 0, boots: true),
        Case(shape: .withReadiness, wanted: .nobody, code: 0, boots: false),
        Case(shape: .withReadiness, wanted: .started, code: 0, boots: false),
        Case(shape: .withReadiness, wanted: .healthy, code: 0, boots: false),
        Case(shape: .withReadiness, wanted: .completed, code: 0, boots: true),
        Case(shape: .withReadiness, wanted: .completedOptionally, code: 0, boots: true),
        Case(shape: .withReadiness, wanted: .healthyOptionally, code: 0, boots: true),
        // Failed, unless all who want it can do without.
        Case(shape: .plain, wanted: .nobody, code: 3, boots: false),
        Case(shape: .plain, wanted: .started, code: 3, boots: false),
        Case(shape: .plain, wanted: .completed, code: 3, boots: false),
        Case(shape: .plain, wanted: .completedOptionally, code: 3, boots: true),
        Case(shape: .withPort, wanted: .nobody, code: 3, boots: false),
        Case(shape: .withPort, wanted: .completedOptionally, code: 3, boots: true),
        Case(shape: .withReadiness, wanted: .nobody, code: 3, boots: false),
        Case(shape: .withReadiness, wanted: .started, code: 3, boots: false),
        Case(shape: .withReadiness, wanted: .healthy, code: 3, boots: false),
        Case(shape: .withReadiness, wanted: .completed, code: 3, boots: false),
        Case(shape: .withReadiness, wanted: .healthyOptionally, code: 3, boots: true),
    ]

    private static func environment(_ item: Case) -> Environment {
        let subject = Service.sample("subject", at: line(10)) { service in
            if item.shape == .withPort { service.ports = [Port(target: 80, position: line(11))] }
            if item.shape == .withReadiness { service.ready = .any(.tcp(80)) }
        }
        // Keeps the boot going for longer than the subject lives.
        let slow = Service.sample("slow", at: line(20)) { $0.ready = .any(.tcp(1)) }
        let user = Service.sample("user", at: line(30)) { service in
            switch item.wanted {
            case .nobody: break
            case .started: service.depend(on: "subject")
            case .healthy: service.depend(on: "subject", .healthy)
            case .completed: service.depend(on: "subject", .completedSuccessfully)
            case .completedOptionally: service.depend(on: "subject", .completedSuccessfully, isRequired: false)
            case .healthyOptionally: service.depend(on: "subject", .healthy, isRequired: false)
            }
        }
        return .sample(subject, slow, user)
    }

    @Test("means by its status, its shape and who wants it", arguments: cases)
    func table(item: Case) throws {
        let run = SimulatedRun(
            Self.environment(item),
            [
                "subject": Script(
                    exit: (.milliseconds(20), .exited(item.code)), output: [(.milliseconds(10), "so long")]),
                "slow": Script(ports: [1: .milliseconds(500)]),
            ])
        let error = try run.bootError()
        #expect((error == nil) == item.boots)
        #expect(run.engine.texts.contains("host check") == item.boots)
        #expect(
            run.engine.texts.contains("start user") == (item.boots || item.wanted == .nobody || item.wanted == .started)
        )
        #expect(run.engine.leftovers.isEmpty)
        if let error {
            #expect(error.service == "subject")
            #expect(error.position == line(10))
            #expect(error.logs.map(\.text) == ["so long"])
            guard case .exited(.exited(item.code)) = error.reason else {
                Issue.record("\(error)")
                return
            }
            // At once: nobody waits for what can't come any more.
            #expect(run.engine.times(of: "close") == [.milliseconds(20)])
        }
    }

    @Test("names the signal and the out-of-memory killer")
    func signalled() throws {
        let run = SimulatedRun(
            .sample(.sample("db") { $0.ready = .any(.tcp(1)) }),
            ["db": Script(exit: (.milliseconds(3), .signalled(9, oomKilled: true)))])
        let error = try #require(try run.bootError())
        #expect(
            error.description
                == "environment.yaml:1:1: error: service 'db' was killed by the kernel: out of memory before it was ready"
        )
    }

    @Test("fails the boot also after it was ready")
    func afterReady() throws {
        let run = SimulatedRun(
            .sample(.sample("db") { $0.ready = .any(.tcp(1)) }, .sample("slow") { $0.ready = .any(.tcp(2)) }),
            ["db": Script(exit: (.milliseconds(30), .exited(1)), ports: [1: .zero])])
        let error = try #require(try run.bootError())
        #expect(error.phase == .boot)
        #expect(error.message == "service 'db' exited with 1 while the environment was booting")
    }

    @Test("does not touch the test's status once the environment has booted")
    func duringTest() throws {
        let run = SimulatedRun(
            .sample(.sample("db")),
            [
                "db": Script(exit: (.milliseconds(30), .exited(1))),
                "host": Script(exit: (.milliseconds(60), .exited(0))),
            ])
        #expect(try run.perform().ending == .exited(.exited(0)))
        let unexpected = run.events.all.compactMap { event in
            if case .exited(let service, _, isExpected: false) = event.kind { service } else { nil }
        }
        #expect(unexpected == ["db"])
    }

    @Test("takes those with it that need it, where nobody needs them")
    func optionalChain() throws {
        let run = SimulatedRun(
            .sample(
                .sample("cache") { $0.ready = .any(.tcp(1)) },
                .sample("warmer") { $0.depend(on: "cache", .healthy) },
                .sample("web") { $0.depend(on: "warmer", isRequired: false) }),
            ["cache": Script(exit: (.milliseconds(3), .exited(1)))])
        #expect(try run.perform().ending == .exited(.exited(0)))
        #expect(!run.engine.texts.contains("start warmer"))
        #expect(run.engine.texts.contains("start web"))
    }
}
