/// Asks a probe again and again: at once, then 5 ms after the last answer, 10, 20, … up to 250 ms.
struct Polling: Sendable {
    static let firstPause: Duration = .milliseconds(5)
    static let longestPause: Duration = .milliseconds(250)

    let probe: any Probe
    let target: ProbeTarget
    let report: @Sendable (ProbeOutcome) -> Void

    /// Returns `nil` once the probe is ready, or what it saw last when the deadline came first.
    func wait(until deadline: Duration) async throws(CancellationError) -> String? {
        let clock = target.clock
        var pause = Self.firstPause
        var last = "never asked"
        while clock.now < deadline {
            let outcome = try await probe.look(at: target, timeout: deadline - clock.now)
            report(outcome)
            guard case .notYet(let seen) = outcome else { return nil }
            last = seen
            do { try await clock.sleep(until: min(clock.now + pause, deadline)) } catch { throw CancellationError() }
            pause = min(pause * 2, Self.longestPause)
        }
        return last
    }
}
