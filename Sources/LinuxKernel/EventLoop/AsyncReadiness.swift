import Glibc
import Synchronization

extension EventLoop {
    private struct Waiter {
        var continuation: CheckedContinuation<Void, any Error>?
        var watch: Watch?
        var isCancelled = false
    }

    private final class WaiterBox: Sendable {
        let state = Mutex(Waiter())

        func resume(_ result: Result<Void, any Error>) {
            let (continuation, watch) = state.withLock { state in
                defer { state.watch = nil }
                return (state.continuation.take(), state.watch)
            }
            watch?.cancel()
            continuation?.resume(with: result)
        }
    }

    /// Suspends the task until a descriptor is ready.
    ///
    /// - Parameters:
    ///   - descriptor: Open until this returns; nobody else watches it.
    ///   - timeout: `nil`: as long as it takes.
    /// - Throws: ``SystemCallError`` with `ETIMEDOUT`; `CancellationError`.
    public func ready(_ descriptor: CInt, for interest: Readiness, timeout: Duration? = nil) async throws {
        let box = WaiterBox()
        let timer = timeout.map { timeout in
            timers.add(.now + timeout) {
                box.resume(.failure(SystemCallError(call: "poll", errno: ETIMEDOUT, subject: "")))
            }
        }
        defer { if let timer { _ = timers.remove(timer) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = box.state.withLock { state in
                    if !state.isCancelled { state.continuation = continuation }
                    return state.isCancelled
                }
                if isCancelled { return continuation.resume(throwing: CancellationError()) }
                do {
                    let watch = try watch(descriptor, for: interest) { _ in box.resume(.success(())) }
                    box.state.withLock { $0.watch = watch }
                } catch {
                    box.resume(.failure(error))
                }
            }
        } onCancel: {
            // May run on another thread, where no watch may be cancelled: a turn of the loop does it.
            box.state.withLock { $0.isCancelled = true }
            Task(executorPreference: self) { box.resume(.failure(CancellationError())) }
        }
    }
}
