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
            do throws(SystemCallError) {
                let thread = try WorkThread { continuation.resume(with: Result { try work() }) }
                thread.detach()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
