import EnvironmentFile
import Testing

@testable import Orchestration

@Suite("An interruption")
struct InterruptionTests {
    /// Everything that a run does: an image build, ports, a one-shot, readiness, a graceful stop, a test.
    private static func fullRun() -> SimulatedRun {
        SimulatedRun(
            .sample(
                .sample("db") {
                    $0.ready = .any(.tcp(5432))
                    $0.ports = [Port(target: 5432, position: line(3))]
                    $0.stopGracePeriod = .seconds(2)
                },
                .sample("migrate") { $0.depend(on: "db", .healthy) },
                .sample("web") {
                    $0.depend(on: "migrate", .completedSuccessfully)
                    $0.healthcheck = Healthcheck(probe: .command(["ok"]), position: line(8))
                }),
            [
                "db": Script(
                    startTakes: .milliseconds(1), ports: [5432: .milliseconds(20)], stopTakes: .milliseconds(5)),
                "migrate": Script(exit: (.milliseconds(10), .exited(0))),
                "web": Script(
                    probe: { $0 < .milliseconds(4) ? (.exited(1), "") : (.exited(0), "") }, probeTakes: .milliseconds(1)
                ),
                "host": Script(exit: (.milliseconds(30), .exited(0)), stopTakes: nil),
            ])
    }

    private static let callCount = 16

    @Test("at any call of the engine takes everything down", arguments: 1...callCount, [false, true])
    func atEveryCall(number: Int, byCancellation: Bool) throws {
        let run = Self.fullRun()
        let interruption = run.interruption
        run.engine.onCall(number) {
            if byCancellation { interruption.cancel() } else { interruption.interrupt(signal: 15) }
        }
        if byCancellation {
            #expect(throws: CancellationError.self) { try run.perform() }
        } else {
            #expect(try run.perform().ending == .interrupted(signal: 15))
        }
        #expect(run.engine.leftovers.isEmpty)
        #expect(run.simulation.timerCount == 0)
        if run.engine.texts.contains("start db") { #expect(run.engine.texts.last == "close") }
    }

    @Test("is tried at every call that a run makes")
    func countsEveryCall() throws {
        let run = Self.fullRun()
        #expect(try run.perform().ending == .exited(.exited(0)))
        #expect(run.engine.calls.count == Self.callCount)
    }

    @Test("at any moment takes everything down", arguments: 0...90)
    func atEveryMoment(milliseconds: Int) throws {
        let run = Self.fullRun()
        let interruption = run.interruption
        run.simulation.schedule(at: .milliseconds(milliseconds)) { interruption.interrupt(signal: 2) }
        let outcome = try run.perform()
        let ended = run.engine.calls.last?.time ?? .zero
        if ended < .milliseconds(milliseconds) {
            #expect(outcome.ending == .exited(.exited(0)))
        } else {
            #expect(outcome.ending == .interrupted(signal: 2))
        }
        #expect(run.engine.leftovers.isEmpty)
    }

    @Test("before the run begins starts nothing")
    func early() throws {
        let run = Self.fullRun()
        run.interruption.interrupt(signal: 2)
        #expect(try run.perform().ending == .interrupted(signal: 2))
        #expect(!run.engine.texts.contains { $0.hasPrefix("start") })
        #expect(run.engine.leftovers.isEmpty)
    }

    @Test("by cancelling the performing task is seen as a cancellation, after the teardown")
    func taskCancelled() throws {
        let run = SimulatedRun(.sample(.sample("db")), ["host": Script()])
        let performing = Run(
            environment: run.environment, engine: run.engine, clock: SimulatedClock(simulation: run.simulation),
            executor: run.simulation)
        let error = #expect(throws: (any Error).self) {
            try run.simulation.run {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await performing.perform() }
                    try await run.engine.sleep(.milliseconds(50))
                    group.cancelAll()
                    try await group.waitForAll()
                }
            }
        }
        #expect(error is CancellationError)
        #expect(run.engine.texts.suffix(2) == ["signal host 9", "close"])
        #expect(run.engine.leftovers.isEmpty)
    }

    @Test("gives the test a second to end, then kills it")
    func testGracePeriod() throws {
        let run = SimulatedRun(.sample(.sample("db")), ["host": Script(stopTakes: nil)])
        let interruption = run.interruption
        run.simulation.schedule(at: .milliseconds(10)) { interruption.interrupt(signal: 15) }
        #expect(try run.perform().ending == .interrupted(signal: 15))
        #expect(run.engine.times(of: "signal host 15") == [.milliseconds(10)])
        #expect(run.engine.times(of: "signal host 9") == [.milliseconds(1010)])
    }

    @Test("does not pass on what the terminal has sent to the test already")
    func terminalInterrupt() throws {
        let run = SimulatedRun(.sample(.sample("db")), ["host": Script(exit: (.milliseconds(12), .exited(130)))])
        let interruption = run.interruption
        run.simulation.schedule(at: .milliseconds(10)) { interruption.interrupt(signal: 2) }
        #expect(try run.perform().ending == .interrupted(signal: 2))
        #expect(!run.engine.texts.contains { $0.hasPrefix("signal") })
        #expect(run.engine.times(of: "close") == [.milliseconds(12)])
    }

    @Test("for the second time waits for nobody")
    func hurry() throws {
        let run = SimulatedRun(
            .sample(.sample("db") { $0.stopGracePeriod = .seconds(30) }),
            ["db": Script(stopTakes: nil), "host": Script(stopTakes: nil)])
        let interruption = run.interruption
        for moment in [10, 20] {
            run.simulation.schedule(at: .milliseconds(moment)) { interruption.interrupt(signal: 15) }
        }
        #expect(try run.perform().ending == .interrupted(signal: 15))
        #expect(run.engine.times(of: "close") == [.milliseconds(20)])
        #expect(run.engine.leftovers.isEmpty)
    }

    @Test("ends an environment that is only up")
    func up() throws {
        var run = SimulatedRun(.sample(.sample("db")))
        run.options.planner.lifetime = .up
        let interruption = run.interruption
        run.simulation.schedule(at: .seconds(100)) { interruption.interrupt(signal: 15) }
        #expect(try run.perform().ending == .interrupted(signal: 15))
        #expect(run.engine.texts == ["image sample", "open", "start db", "signal db 15", "close"])
    }
}
