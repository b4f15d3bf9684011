import EnvironmentFile
import Testing

@testable import Orchestration

@Suite("A run")
struct RunTests {
    @Test("boots, tests and takes down, in that order")
    func simple() throws {
        let run = SimulatedRun(
            .sample(.sample("db") { $0.ready = .any(.tcp(5432)) }), ["db": Script(ports: [5432: .zero])])
        let outcome = try run.perform()
        #expect(outcome.ending == .exited(.exited(0)))
        #expect(run.engine.texts == ["image sample", "open", "start db", "connect db 5432", "host check", "close"])
        #expect(run.engine.leftovers.isEmpty)
        #expect(run.simulation.timerCount == 0)
    }
}
