/// Ends a run from outside: what a signal handler or a user interface holds.
///
/// May be used from any thread, and before the run has begun.
public final class Interruption: Sendable {
    /// Who ended the run.
    enum Cause: Hashable, Sendable {
        case signal(Int32)
        /// The task that performs the run was cancelled.
        case cancelled
    }

    let cause = Latch<Cause>()
    let isUrgent = Latch<Void>()

    /// One that has not happened yet.
    public init() {}

    /// The first call ends what runs and takes everything down in order, the second takes it down at once.
    public func interrupt(signal: Int32) {
        if !cause.set(.signal(signal)) { hurry() }
    }

    /// Cuts a teardown short: nobody is waited for any more, everything is killed.
    public func hurry() { isUrgent.set(()) }

    /// `nil`: none has come, or it was no signal.
    var signal: Int32? {
        if case .signal(let signal)? = cause.value { signal } else { nil }
    }

    func cancel() { cause.set(.cancelled) }

    /// Runs `body` and cancels it as soon as a teardown is to be cut short.
    func untilUrgent(_ body: @escaping @Sendable () async -> Void) async {
        guard isUrgent.value == nil else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await body() }
            group.addTask {
                do { try await self.isUrgent.wait() } catch { return }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Runs `body` in a task of its own, which is cancelled on an interruption; gives what it returns nevertheless.
    func cancelling<Success: Sendable>(
        _ body: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        try await withThrowingTaskGroup(of: Success?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                do { _ = try await self.cause.wait() } catch { return nil }
                return nil
            }
            while let result = try await group.next() {
                group.cancelAll()
                if let result { return result }
            }
            throw CancellationError()
        }
    }
}
