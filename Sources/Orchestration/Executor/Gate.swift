import Synchronization

/// Opens once; any number of tasks wait for that.
///
/// What is common to every ``Latch``, and not generic: each generic type costs its first user some microseconds.
final class Gate: Sendable {
    private struct Waiter {
        var id: Int
        /// Resumed with `false` when the waiting task is cancelled.
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var isOpen = false
        var lastID = 0
        /// In the order in which they came.
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    /// Lets everybody go on.
    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: true) }
    }

    /// Waits until the gate is open; one that is open already also lets a cancelled task through.
    func wait() async throws(CancellationError) {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let isOpen = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state -> Bool? in
                    if state.isOpen { return true }
                    // Under the lock: a cancellation after this looks for the waiter and finds it.
                    if Task.isCancelled { return false }
                    state.waiters.append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: false)
        }
        if !isOpen { throw CancellationError() }
    }
}
