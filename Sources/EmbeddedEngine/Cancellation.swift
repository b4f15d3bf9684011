import Synchronization

/// A flag that a task sets and work on another thread looks at.
final class Cancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    var value: Bool { flag.load(ordering: .relaxed) }
    func cancel() { flag.store(true, ordering: .relaxed) }
}
