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

    @Test("of a wrong file does not even ask for an image")
    func wrongFile() throws {
        let run = SimulatedRun(.sample(.sample("db") { $0.depend(on: "nowhere") }, test: nil))
        #expect(throws: PlanErrors.self) { try run.perform() }
        let untested = SimulatedRun(.sample(.sample("db"), test: nil))
        #expect(throws: PlanErrors.self) { try untested.perform() }
        #expect(run.engine.calls.isEmpty && untested.engine.calls.isEmpty)
    }

    @Test("tells what happens, in order and with its time")
    func events() throws {
        let run = SimulatedRun(
            .sample(.sample("db") { $0.ready = .any(.tcp(1)) }, .sample("web") { $0.depend(on: "db", .healthy) }),
            ["db": Script(output: [(.milliseconds(2), "hello")], ports: [1: .milliseconds(3)])])
        _ = try run.perform()
        let told = run.events.all.map { event in
            let name = String(describing: event.kind).prefix { $0 != "(" }
            return "\(event.time.text) \(name)"
        }
        #expect(
            told == [
                "0s imagePreparing", "0s imageReady", "0s planned", "0s starting", "0s started", "0s waiting",
                "0s probed", "2ms output", "5ms probed", "5ms ready", "5ms starting", "5ms started", "5ms booted",
                "5ms testStarted", "5ms testEnded", "5ms teardownStarted", "5ms teardownEnded", "5ms exited",
                "5ms exited",
            ])
    }
}
