import Synchronization

/// What failed so far while something was taken down, in the order in which it did.
final class TeardownFailures: Sendable {
    private let failures = Mutex<[TeardownFailure]>([])

    var all: [TeardownFailure] { failures.withLock { $0 } }

    func add(_ failure: TeardownFailure) { failures.withLock { $0.append(failure) } }
}
