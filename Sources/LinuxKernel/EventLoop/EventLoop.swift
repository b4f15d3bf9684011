import CLinux
import Glibc
import Synchronization

/// Runs asynchronous Swift on one thread, together with the readiness of descriptors and with timers.
///
/// The whole orchestrator lives on the main thread: there is no thread pool to start, nothing to wake on another
/// core, and no lock is ever contended. A task that was started with the loop as its executor preference, and every
/// child of it, runs here; so do the handlers of ``watch(_:for:_:)``. Work that blocks goes through
/// ``offload(_:)``.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
    /// What happened to a descriptor.
    public struct Readiness: OptionSet, Hashable, Sendable {
        /// The bits of epoll_ctl(2).
        public let rawValue: UInt32
        /// Takes the bits of epoll_ctl(2).
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `EPOLLIN`
        public static let readable = Self(rawValue: EPOLLIN.rawValue)
        /// `EPOLLOUT`
        public static let writable = Self(rawValue: EPOLLOUT.rawValue)
        /// `EPOLLRDHUP`: nothing will be readable after what is.
        public static let peerClosed = Self(rawValue: EPOLLRDHUP.rawValue)
        /// `EPOLLERR`: the connection has failed; reported whether asked for or not.
        public static let failed = Self(rawValue: EPOLLERR.rawValue)
        /// `EPOLLET`: told once each time it changes, so that the handler has to go on until `EAGAIN`.
        public static let edgeTriggered = Self(rawValue: 1 << 31)
        /// `EPOLLHUP`, `EPOLLERR`: reported whether asked for or not.
        public static let closed = Self(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
    }

    private struct Incoming {
        var jobs: [UnownedJob] = []
        var isAwake = false
    }

    /// How many are taken in a round.
    private static let maximumEvents = 64

    private let epoll: OwnedDescriptor
    private let wakeUp: OwnedDescriptor
    /// Shared with other threads; everything below is the loop's own.
    private let incoming = Mutex(Incoming())
    private var handlers: [UInt64: @Sendable (Readiness) -> Void] = [:]
    private var lastToken: UInt64 = 0
    var timers = TimerQueue()
    /// What a round has to tell; kept, since it is needed in each.
    private var events = [epoll_event](repeating: epoll_event(), count: maximumEvents)

    /// Makes a loop; nothing runs before ``run(_:)``.
    public init() throws(SystemCallError) {
        epoll = OwnedDescriptor(adopting: try checked("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) })
        wakeUp = OwnedDescriptor(
            adopting: try checked("eventfd") { eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK)) })
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(u64: 0))
        let (poll, wake) = (epoll.rawValue, wakeUp.rawValue)
        try checked("epoll_ctl") { epoll_ctl(poll, EPOLL_CTL_ADD, wake, &event) }
    }

    /// Puts a job in the queue; from any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let mustWake = incoming.withLock { state in
            state.jobs.append(job)
            defer { state.isAwake = true }
            return !state.isAwake
        }
        if mustWake { signalWakeUp() }
    }

    private func signalWakeUp() {
        var one: UInt64 = 1
        // Full (EAGAIN) means that the loop will wake anyway.
        _ = write(wakeUp.rawValue, &one, 8)
    }

    /// Runs `body` on the calling thread until it has returned; the thread serves the loop meanwhile.
    public func run<Success: Sendable>(_ body: @escaping @Sendable () async throws -> Success) throws -> Success {
        let box = OutcomeBox<Success>()
        Task(executorPreference: self) {
            do {
                let value = try await body()
                box.value.withLock { $0 = .success(value) }
            } catch {
                box.value.withLock { $0 = .failure(error) }
            }
        }
        while true {
            if let result = box.value.withLock({ $0 }) { return try result.get() }
            try turn()
        }
    }

    /// One round: all jobs that are queued, or, where there are none, a wait for the next event.
    private func turn() throws(SystemCallError) {
        let jobs = incoming.withLock { state in
            // While the loop runs it looks here before it sleeps, so nobody needs to wake it.
            state.isAwake = !state.jobs.isEmpty
            defer { state.jobs.removeAll(keepingCapacity: true) }
            return state.jobs
        }
        guard jobs.isEmpty else {
            for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
            return
        }
        try wait()
        timers.fire(at: .now)
    }

    private func wait() throws(SystemCallError) {
        var timeout = timespec()
        let deadline = timers.next
        if let deadline {
            let remaining = max(ContinuousClock.now.duration(to: deadline), .zero).components
            timeout.tv_sec = Int(remaining.seconds)
            timeout.tv_nsec = Int(remaining.attoseconds / 1_000_000_000)
        }
        let poll = epoll.rawValue
        let count = try checked("epoll_pwait2") {
            withUnsafePointer(to: &timeout) {
                epoll_pwait2(poll, &events, CInt(Self.maximumEvents), deadline == nil ? nil : $0, nil)
            }
        }
        for event in events[0..<Int(count)] {
            if event.data.u64 == 0 {
                var ignored: UInt64 = 0
                _ = read(wakeUp.rawValue, &ignored, 8)
            } else {
                // A handler of the same round may have taken this one away.
                handlers[event.data.u64]?(Readiness(rawValue: event.events))
            }
        }
    }

    /// Calls `handler` on the loop's thread each time the descriptor is ready, until the watch is cancelled.
    ///
    /// Only on the loop's thread. The descriptor must stay open until ``Watch/cancel()``.
    public func watch(
        _ descriptor: CInt, for interest: Readiness, _ handler: @escaping @Sendable (Readiness) -> Void
    ) throws(SystemCallError) -> Watch {
        lastToken += 1
        let token = lastToken
        var event = epoll_event(events: interest.rawValue, data: epoll_data(u64: token))
        let poll = epoll.rawValue
        try checked("epoll_ctl") { epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) }
        handlers[token] = handler
        return Watch(loop: self, descriptor: descriptor, token: token)
    }

    /// A descriptor that the loop looks at.
    public final class Watch: @unchecked Sendable {
        private let loop: EventLoop
        private let descriptor: CInt
        private let token: UInt64
        private var isCancelled = false

        init(loop: EventLoop, descriptor: CInt, token: UInt64) {
            self.loop = loop
            self.descriptor = descriptor
            self.token = token
        }

        /// Changes what is waited for; with an empty set only errors and hang-ups are reported.
        public func change(to interest: Readiness) throws(SystemCallError) {
            guard !isCancelled else { return }
            var event = epoll_event(events: interest.rawValue, data: epoll_data(u64: token))
            let (poll, descriptor) = (loop.epoll.rawValue, self.descriptor)
            try checked("epoll_ctl") { epoll_ctl(poll, EPOLL_CTL_MOD, descriptor, &event) }
        }

        /// Ends the watch; safe to call twice, and from the handler itself. Before the descriptor is closed.
        public func cancel() {
            guard !isCancelled else { return }
            isCancelled = true
            loop.handlers[token] = nil
            // The only failure would be a descriptor that is closed already, which epoll has then forgotten.
            _ = epoll_ctl(loop.epoll.rawValue, EPOLL_CTL_DEL, descriptor, nil)
        }
    }
}

/// Where the task leaves its result for the loop.
private final class OutcomeBox<Success: Sendable>: Sendable {
    let value = Mutex<Result<Success, any Error>?>(nil)
}
