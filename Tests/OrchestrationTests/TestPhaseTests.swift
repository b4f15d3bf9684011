import EnvironmentFile
import Synchronization
import Testing

@testable import Orchestration

@Suite("The test")
struct TestPhaseTests {
    @Test(
        "gives the run its status",
        arguments: [
            Orchestration.ExitStatus.exited(0), .exited(7), .exited(127), .signalled(11, oomKilled: false),
        ])
    func status(status: Orchestration.ExitStatus) throws {
        let run = SimulatedRun(.sample(.sample("db")), ["host": Script(exit: (.seconds(3), status))])
        let outcome = try run.perform()
        #expect(outcome.testStatus == status)
        #expect(outcome.timings.test == .seconds(3))
        #expect(outcome.timings.total == .seconds(3))
    }

    @Test("is killed when its time is up")
    func timeout() throws {
        let test = Test(command: ["check"], timeout: .seconds(1), position: line(9))
        let run = SimulatedRun(.sample(.sample("db"), test: test), ["host": Script()])
        #expect(try run.perform().ending == .timedOut)
        #expect(run.engine.times(of: "signal host 9") == [.seconds(1)])
        #expect(run.engine.times(of: "close") == [.seconds(1)])
    }

    @Test("runs in a service's container")
    func inService() throws {
        let test = Test(command: ["check", "it"], place: .service("db"), position: line(9))
        let run = SimulatedRun(
            .sample(.sample("db"), test: test), ["exec": Script(exit: (.seconds(1), .exited(4)))])
        #expect(try run.perform().testStatus == .exited(4))
        #expect(run.engine.texts.contains("exec db check it"))
    }

    @Test("can't run in a service that has done its work")
    func inEndedService() throws {
        let test = Test(command: ["check"], place: .service("once"), position: line(9))
        let run = SimulatedRun(
            .sample(
                .sample("once"),
                .sample("user") { $0.depend(on: "once", .completedSuccessfully) }, test: test),
            ["once": Script(exit: (.zero, .exited(0)))])
        let error = try #require(try run.bootError())
        #expect(error.message == "service 'once' exited with 0 before the test could run in it")
        #expect(run.engine.leftovers.isEmpty)
    }

    @Test("runs in a container of its own, booted last")
    func inContainer() throws {
        let test = Test(command: ["check"], place: .image("tools"), position: line(9))
        let run = SimulatedRun(
            .sample(.sample("db") { $0.ready = .any(.file("/ok")) }, test: test),
            ["db": Script(files: ["/ok": .milliseconds(2)]), "@test": Script(exit: (.seconds(1), .exited(5)))])
        #expect(try run.perform().testStatus == .exited(5))
        #expect(run.engine.times(of: "start @test") == [.milliseconds(5)])
        #expect(run.engine.texts.contains("image tools"))
    }

    @Test("that can't be started is a failure of the environment")
    func notStarted() throws {
        let run = SimulatedRun(
            .sample(.sample("db")), ["host": Script(startError: EngineError(.commandNotFound("check")))])
        #expect(
            try #require(try run.bootError()).message == "the test could not be started: there is no program 'check'")
    }

    @Test(
        "that fails can leave everything up until its author has looked",
        arguments: [
            (Orchestration.ExitStatus.exited(1), true), (.exited(0), false),
        ])
    func keep(status: Orchestration.ExitStatus, isKept: Bool) throws {
        var run = SimulatedRun(.sample(.sample("db")), ["host": Script(exit: (.zero, status))])
        let seen = Mutex<[RunOutcome.Ending]>([])
        let engine = run.engine
        run.options.keep = { ending in
            seen.withLock { $0.append(ending) }
            do { try await engine.sleep(.seconds(5)) } catch { return }
        }
        #expect(try run.perform().ending == .exited(status))
        #expect(seen.withLock { $0 } == (isKept ? [.exited(status)] : []))
        #expect(run.engine.times(of: "close") == [isKept ? .seconds(5) : .zero])
    }

    @Test("is not reached before every service is ready or has completed")
    func gate() throws {
        let run = SimulatedRun(
            .sample(
                .sample("a") { $0.ready = .any(.file("/ok")) },
                .sample("once"), .sample("user") { $0.depend(on: "once", .completedSuccessfully, isRequired: false) }),
            ["a": Script(files: ["/ok": .milliseconds(35)]), "once": Script(exit: (.milliseconds(200), .exited(1)))])
        _ = try run.perform()
        #expect(run.engine.times(of: "host check") == [.milliseconds(200)])
    }
}
