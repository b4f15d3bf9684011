import Synchronization

/// A value that is set once and that any number of tasks wait for.
final class Latch<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var lastWaiter = 0
        /// Resumed with `nil` when the waiting task is cancelled.
        var waiters: [Int: CheckedContinuation<Value?, Never>] = [:]
    }

    private let state = Mutex(State())

    /// The value if it has been set.
    var value: Value? { state.withLock { $0.value } }

    /// Sets the value unless there is one; returns whether it did.
    @discardableResult
    func set(_ value: Value) -> Bool {
        let waiters: [CheckedContinuation<Value?, Never>]? = state.withLock { state in
            guard state.value == nil else { return nil }
            state.value = value
            defer { state.waiters = [:] }
            // In the order in which they came.
            return state.waiters.sorted { $0.key < $1.key }.map(\.value)
        }
        guard let waiters else { return false }
        for waiter in waiters { waiter.resume(returning: value) }
        return true
    }

    /// Waits for the value; a value that is there already is returned also to a cancelled task.
    func wait() async throws(CancellationError) -> Value {
        if let value { return value }
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early: Value?? = state.withLock { state in
                    if let value = state.value { return .some(value) }
                    // Under the lock: a cancellation after this looks for the waiter and finds it.
                    if Task.isCancelled { return .some(nil) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: nil)
        }
        guard let result else { throw CancellationError() }
        return result
    }
}
