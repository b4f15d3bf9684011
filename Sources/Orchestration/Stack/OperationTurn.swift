import Synchronization

/// Lets operations on one environment follow each other, in the order in which they came.
final class OperationTurn: Sendable {
    private let executor: (any TaskExecutor)?
    private let last = Mutex<Latch<Void>?>(nil)

    init(on executor: (any TaskExecutor)?) { self.executor = executor }

    /// Runs `body` once all that came before have ended.
    ///
    /// - Throws: What `body` throws; `CancellationError` when the task is cancelled while it waits.
    func take<Success>(_ body: () async throws -> Success) async throws -> Success {
        let own = Latch<Void>()
        let before = last.withLock { last in
            defer { last = own }
            return last
        }
        if let before {
            do {
                try await before.wait()
            } catch {
                // Those who come after still wait for those who came before.
                Task(executorPreference: executor) {
                    do { try await before.wait() } catch { return }
                    own.set(())
                }
                throw error
            }
        }
        defer { own.set(()) }
        return try await body()
    }
}
