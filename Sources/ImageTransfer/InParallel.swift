import LinuxKernel
import Synchronization

/// Does work for each element on at most `limit` threads, in order as far as there are threads for it.
///
/// After a failure nothing new is begun; returns when all that was begun has ended.
///
/// - Throws: The first failure.
func inParallel<Element: Sendable>(
    _ elements: [Element], limit: Int, _ work: @escaping @Sendable (Element) throws -> Void
) throws {
    guard elements.count > 1, limit > 1 else { return try elements.forEach(work) }
    let queue = WorkQueue(elements)
    let ended = Mailbox<Void>()
    let count = min(limit, elements.count)
    var started = 0
    while started < count {
        do throws(SystemCallError) {
            try WorkThread {
                while let element = queue.next() {
                    do {
                        try work(element)
                    } catch {
                        queue.fail(error)
                    }
                }
                ended.put(())
            }.detach()
            started += 1
        } catch {
            // Fewer threads do as well.
            if started == 0 { throw error }
            break
        }
    }
    for _ in 0..<started { ended.take() }
    if let failure = queue.failure { throw failure }
}

/// Elements that several threads take from.
private final class WorkQueue<Element: Sendable>: Sendable {
    private struct State {
        var next = 0
        var failure: (any Error)?
    }

    private let elements: [Element]
    private let state = Mutex(State())

    init(_ elements: [Element]) { self.elements = elements }

    var failure: (any Error)? { state.withLock { $0.failure } }

    func fail(_ error: any Error) { state.withLock { $0.failure = $0.failure ?? error } }

    func next() -> Element? {
        state.withLock { state in
            guard state.failure == nil, state.next < elements.count else { return nil }
            defer { state.next += 1 }
            return elements[state.next]
        }
    }
}
