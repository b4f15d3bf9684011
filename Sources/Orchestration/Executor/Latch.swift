import Synchronization

/// A value that is set once and that any number of tasks wait for.
package final class Latch<Value: Sendable>: Sendable {
    private let gate = Gate()
    private let stored = Mutex<Value?>(nil)

    /// One that is not set.
    package init() {}

    /// The value if it has been set.
    package var value: Value? { stored.withLock { $0 } }

    /// Sets the value unless there is one; returns whether it did.
    @discardableResult
    package func set(_ value: Value) -> Bool {
        let isFirst = stored.withLock { stored in
            guard stored == nil else { return false }
            stored = value
            return true
        }
        if isFirst { gate.open() }
        return isFirst
    }

    /// Waits for the value; a value that is there already is returned also to a cancelled task.
    package func wait() async throws(CancellationError) -> Value {
        while true {
            if let value { return value }
            try await gate.wait()
        }
    }
}
