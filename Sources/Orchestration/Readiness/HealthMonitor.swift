/// Runs a health check until the service is healthy, or unhealthy as Docker has it.
///
/// Docker looks for the first time after a whole interval. Here the first look is at once and the pauses double from
/// 5 ms to the interval (during the start period to `start_interval`), so that health is seen soon. The early looks
/// can only find health: as with Docker, a failure counts once an interval, and none does during the start period.
struct HealthMonitor: Sendable {
    let check: HealthcheckPlan
    let target: ProbeTarget
    let report: @Sendable (ProbeOutcome) -> Void

    /// Returns when the service is healthy.
    ///
    /// - Parameter start: When the container was started.
    func wait(from start: Duration) async throws {
        let clock = target.clock
        let probe = CommandProbe(arguments: check.arguments)
        // An interval of nothing would ask without a pause.
        let interval = max(check.interval, .milliseconds(1))
        var countsFrom = start + max(check.startPeriod, interval)
        var pause = Polling.firstPause
        var failures = 0
        while true {
            let began = clock.now
            let outcome = try await probe.look(at: target, timeout: check.timeout)
            report(outcome)
            guard case .notYet(let seen) = outcome else { return }
            if began >= countsFrom {
                failures += 1
                if failures >= max(check.retries, 1) {
                    throw ReadinessFailure.unhealthy(failures: failures, last: seen)
                }
                countsFrom = began + interval
            }
            let isStarting = clock.now < start + check.startPeriod
            pause = min(pause, isStarting ? check.startInterval ?? interval : interval)
            var next = clock.now + pause
            if clock.now < countsFrom { next = min(next, countsFrom) }
            try await clock.sleep(until: next)
            pause *= 2
        }
    }
}
