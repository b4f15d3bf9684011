import EnvironmentFile
import Testing

@testable import Orchestration

@Suite("Readiness")
struct ReadinessScheduleTests {
    private static func milliseconds(_ times: [Duration]) -> [Int64] {
        times.map { $0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000 }
    }

    private func check(
        interval: Duration = .seconds(1), retries: Int = 3, startPeriod: Duration = .zero,
        startInterval: Duration? = nil, timeout: Duration = .seconds(1)
    ) -> Environment {
        .sample(
            .sample("db") {
                $0.healthcheck = Healthcheck(
                    probe: .shell("ok"), interval: interval, timeout: timeout, retries: retries,
                    startPeriod: startPeriod, startInterval: startInterval, position: line(3))
            })
    }

    @Test("is asked for at once, then in pauses that double from 5 to 250 ms")
    func conditionSchedule() throws {
        let run = SimulatedRun(
            .sample(.sample("db") { $0.ready = .any(.tcp(1)) }), ["db": Script(ports: [1: .milliseconds(900)])])
        _ = try run.perform()
        #expect(
            Self.milliseconds(run.engine.times(of: "connect db 1")) == [0, 5, 15, 35, 75, 155, 315, 565, 815, 1065])
        #expect(run.engine.times(of: "host check") == [.milliseconds(1065)])
    }

    @Test("has a timeout, and says what was seen last")
    func conditionTimeout() throws {
        let run = SimulatedRun(
            .sample(.sample("db") { $0.ready = .any(.tcp(1), .file("/ok"), .log("up$"), timeout: .milliseconds(100)) }),
            ["db": Script(output: [(.zero, "starting")])])
        let error = try #require(try run.bootError())
        guard case .neverReady(.milliseconds(100), let unmet) = error.reason else {
            Issue.record("\(error)")
            return
        }
        #expect(unmet.map(\.condition) == ["tcp 1 takes connections", "/ok exists", "a line matches /up$/"])
        #expect(unmet[0].seen.contains("refused"))
        #expect(unmet[1].seen == "does not exist")
        #expect(run.engine.times(of: "close") == [.milliseconds(100)])
        #expect(error.logs.map(\.text) == ["starting"])
    }

    @Test("needs one condition, or all", arguments: [(false, 10), (true, 35)])
    func anyOrAll(requiresAll: Bool, readyAt: Int) throws {
        let conditions: [Ready.Condition] = [.file("/late"), .log("^ready to serve$")]
        let ready = Ready(conditions: conditions, requiresAll: requiresAll, position: line(2))
        let run = SimulatedRun(
            .sample(.sample("db") { $0.ready = ready }),
            [
                "db": Script(
                    output: [(.milliseconds(9), "not ready to serve"), (.milliseconds(10), "ready to serve")],
                    files: ["/late": .milliseconds(30)])
            ])
        _ = try run.perform()
        #expect(run.engine.times(of: "host check") == [.milliseconds(readyAt)])
    }

    @Test("sees a line that was printed before anybody could ask")
    func earlyLine() throws {
        let run = SimulatedRun(
            .sample(.sample("db") { $0.ready = .any(.log("up")) }), ["db": Script(output: [(.zero, "up")])])
        _ = try run.perform()
        #expect(run.engine.times(of: "host check") == [.zero])
    }

    @Test("by health check doubles its pauses up to the interval")
    func healthSchedule() throws {
        let run = SimulatedRun(
            check(interval: .milliseconds(40), retries: 100),
            ["db": Script(probe: { $0 < .milliseconds(200) ? (.exited(1), "no") : (.exited(0), "") })])
        _ = try run.perform()
        // 40: the first moment at which a failure counts, as Docker's first look.
        #expect(Self.milliseconds(run.engine.times(of: "probe db")) == [0, 5, 15, 35, 40, 80, 120, 160, 200])
    }

    @Test("by health check fails after as many intervals as Docker's, however often it was asked before")
    func unhealthy() throws {
        let run = SimulatedRun(
            check(interval: .seconds(30), retries: 3), ["db": Script(probe: { _ in (.exited(1), "first\nno route") })])
        let error = try #require(try run.bootError())
        guard case .unhealthy(failures: 3, let last) = error.reason else {
            Issue.record("\(error)")
            return
        }
        #expect(last == "exited with 1: first\nno route")
        #expect(Self.milliseconds(run.engine.times(of: "probe db").suffix(3)) == [30_000, 60_000, 90_000])
        #expect(run.engine.times(of: "close") == [.seconds(90)])
    }

    @Test("by health check forgives failures of the start period")
    func startPeriod() throws {
        let run = SimulatedRun(
            check(
                interval: .seconds(1), retries: 1, startPeriod: .milliseconds(100), startInterval: .milliseconds(20)),
            ["db": Script(probe: { _ in (.exited(1), "") })])
        _ = try #require(try run.bootError())
        // Every 20 ms while it may be starting; the first failure that counts is at the first interval's end.
        let times = Self.milliseconds(run.engine.times(of: "probe db"))
        #expect(times.prefix(8) == [0, 5, 15, 35, 55, 75, 95, 115])
        #expect(times.last == 1000)
    }

    @Test("by health check counts an attempt that takes too long as a failure")
    func probeTimeout() throws {
        let run = SimulatedRun(
            check(interval: .milliseconds(10), retries: 2, timeout: .milliseconds(50)),
            ["db": Script(probe: { _ in (nil, "") })])
        let error = try #require(try run.bootError())
        guard case .unhealthy(failures: 2, last: "timed out after 50ms") = error.reason else {
            Issue.record("\(error)")
            return
        }
    }

    @Test("needs the health check and the conditions where there are both")
    func both() throws {
        let run = SimulatedRun(
            .sample(
                .sample("db") {
                    $0.ready = .any(.file("/ok"))
                    $0.healthcheck = Healthcheck(probe: .command(["ok"]), position: line(3))
                }), ["db": Script(files: ["/ok": .milliseconds(12)])])
        _ = try run.perform()
        #expect(run.engine.times(of: "host check") == [.milliseconds(15)])
    }

    @Test("of a service lets its dependents start at that moment, and nobody waits for a level")
    func noBarriers() throws {
        let run = SimulatedRun(
            .sample(
                .sample("slow") { $0.ready = .any(.file("/ok"), timeout: .seconds(9)) },
                .sample("fast") { $0.ready = .any(.file("/ok")) },
                .sample("user") { $0.depend(on: "fast", .healthy) }),
            ["slow": Script(files: ["/ok": .seconds(1)]), "fast": Script(files: ["/ok": .milliseconds(5)])])
        let outcome = try run.perform()
        #expect(run.engine.times(of: "start user") == [.milliseconds(5)])
        #expect(outcome.timings.criticalPath == ["slow"])
        #expect(outcome.timings.boot == .milliseconds(1065))
    }
}
