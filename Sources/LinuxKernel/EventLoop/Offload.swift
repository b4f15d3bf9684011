import Glibc
import Synchronization

extension EventLoop {
    /// Runs work that blocks on a thread of its own and suspends the task until it is done.
    ///
    /// For what takes long and can't be made asynchronous: unpacking archives, running a package manager.
    ///
    /// - Throws: What `work` throws; ``SystemCallError`` where no thread can be had.
    public func offload<Success: Sendable>(
        _ work: @escaping @Sendable () throws -> Success
    ) async throws -> Success {
        try await withCheckedThrowingContinuation { continuation in
            let box = Unmanaged.passRetained(Work { continuation.resume(with: Result { try work() }) })
            var thread = pthread_t()
            let code = pthread_create(
                &thread, nil,
                { argument in
                    if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                    return nil
                }, box.toOpaque())
            guard code != 0 else {
                pthread_detach(thread)
                return
            }
            box.release()
            continuation.resume(throwing: SystemCallError(call: "pthread_create", errno: code, subject: ""))
        }
    }

    private final class Work {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }
}
