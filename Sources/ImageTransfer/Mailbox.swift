import Glibc

/// A place where one thread waits for what another puts there.
final class Mailbox<Content: Sendable>: @unchecked Sendable {
    // Guarded by the mutex: a condition variable has no owner that Swift could check.
    private var contents: [Content] = []
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func put(_ content: Content) {
        pthread_mutex_lock(mutex)
        contents.append(content)
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Waits until there is something; the oldest first.
    func take() -> Content {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while contents.isEmpty { pthread_cond_wait(condition, mutex) }
        return contents.removeFirst()
    }
}
