/// The time of one run, counted from its start; the only time that the executor knows.
struct RunClock: Sendable {
    private let elapsed: @Sendable () -> Duration
    private let sleepUntil: @Sendable (Duration) async throws -> Void

    /// Starts at zero.
    init<Underlying: Clock>(_ clock: Underlying) where Underlying.Duration == Duration {
        let start = clock.now
        elapsed = { start.duration(to: clock.now) }
        sleepUntil = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
    }

    /// The time since the start.
    var now: Duration { elapsed() }

    /// Throws `CancellationError` when the task is cancelled.
    func sleep(until deadline: Duration) async throws { try await sleepUntil(deadline) }

    /// Waits for a latch; `nil` when `deadline` came first.
    func wait<Value: Sendable>(for latch: Latch<Value>, until deadline: Duration) async throws -> Value? {
        if let value = latch.value { return value }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await latch.wait() }
            group.addTask {
                try await sleep(until: deadline)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
