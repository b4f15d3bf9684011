import CLinux
import Glibc
import Synchronization

/// Deadlines in order of time, each with what is to be done then.
struct TimerQueue {
    struct Identifier: Hashable, Comparable {
        var deadline: ContinuousClock.Instant
        var serial: UInt64

        static func < (left: Self, right: Self) -> Bool {
            (left.deadline, left.serial) < (right.deadline, right.serial)
        }
    }

    // Sorted descending, the next one last: there are never more than a few hundred.
    private var entries: [(id: Identifier, action: @Sendable () -> Void)] = []
    private var lastSerial: UInt64 = 0

    var next: ContinuousClock.Instant? { entries.last?.id.deadline }

    mutating func add(_ deadline: ContinuousClock.Instant, _ action: @escaping @Sendable () -> Void) -> Identifier {
        lastSerial += 1
        let id = Identifier(deadline: deadline, serial: lastSerial)
        entries.insert((id, action), at: index(of: id))
        return id
    }

    mutating func remove(_ id: Identifier) -> Bool {
        let index = index(of: id)
        guard index < entries.count, entries[index].id == id else { return false }
        entries.remove(at: index)
        return true
    }

    mutating func fire(at now: ContinuousClock.Instant) {
        while let last = entries.last, last.id.deadline <= now {
            entries.removeLast()
            last.action()
        }
    }

    /// The first place whose entry is not later than `id`.
    private func index(of id: Identifier) -> Int {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id > id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// The clock of an ``EventLoop``: sleeping costs a place in a list instead of a thread.
public struct EventLoopClock: Clock {
    /// Time that goes on while the machine sleeps, as ``ContinuousClock`` has it.
    public typealias Instant = ContinuousClock.Instant

    private let loop: EventLoop

    /// The clock of that loop; it may be used only by tasks that run on it.
    public init(_ loop: EventLoop) { self.loop = loop }

    /// The present moment.
    public var now: Instant { .now }
    /// A nanosecond.
    public var minimumResolution: Duration { .nanoseconds(1) }

    /// Suspends the task until the deadline; throws `CancellationError` at once when the task is cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        try await loop.sleep(until: deadline)
    }
}

extension EventLoop {
    private struct Sleeper {
        var continuation: CheckedContinuation<Void, any Error>?
        var timer: TimerQueue.Identifier?
        var isCancelled = false
    }

    private final class SleeperBox: Sendable {
        let state = Mutex(Sleeper())
    }

    /// Suspends the task until the deadline; throws `CancellationError` at once when it is cancelled.
    public func sleep(until deadline: ContinuousClock.Instant) async throws {
        let box = SleeperBox()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = box.state.withLock { state in
                    if !state.isCancelled { state.continuation = continuation }
                    return state.isCancelled
                }
                if isCancelled { return continuation.resume(throwing: CancellationError()) }
                let timer = timers.add(deadline) {
                    box.state.withLock { $0.continuation.take() }?.resume()
                }
                box.state.withLock { $0.timer = timer }
            }
        } onCancel: {
            // May run on another thread: the timer stays in the queue and finds nobody when it fires.
            let continuation = box.state.withLock { state in
                state.isCancelled = true
                return state.continuation.take()
            }
            continuation?.resume(throwing: CancellationError())
        }
    }

    /// Suspends the task for a time.
    public func sleep(for duration: Duration) async throws { try await sleep(until: .now + duration) }
}
