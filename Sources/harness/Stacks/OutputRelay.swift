import Glibc
import LinuxKernel
import Synchronization

/// Carries bytes to a pipe whose reader may be slow or gone, and never waits for it: what it does not take in time is
/// kept up to a bound, beyond which it is given up.
final class OutputRelay: Sendable {
    /// Bytes that may wait.
    private static let maximumWaiting = 4 << 20
    /// How long what is left is waited for at the end.
    private static let patience: Duration = .seconds(10)

    private struct State {
        var waiting: [UInt8] = []
        var isDraining = false
        var draining: Task<Void, Never>?
        var isOver = false
        var isOverrun = false
    }

    private let pipe: SharedDescriptor
    private let loop: EventLoop
    private let onLoss: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - pipe: The writing end; reads and writes of it do not wait from now on.
    ///   - onLoss: Called when the reader has gone, or was given up.
    init(
        to pipe: SharedDescriptor, on loop: EventLoop, onLoss: @escaping @Sendable () -> Void
    ) throws(SystemCallError) {
        self.pipe = pipe
        self.loop = loop
        self.onLoss = onLoss
        try checked("fcntl") { fcntl(pipe.rawValue, F_SETFL, O_NONBLOCK) }
    }

    /// Whether the reader was given up.
    var isOverrun: Bool { state.withLock { $0.isOverrun } }

    /// Hands bytes on, now or as soon as they are taken.
    func write(_ bytes: [UInt8]) {
        let (begins, isLost) = state.withLock { state -> (Bool, Bool) in
            guard !state.isOver else { return (false, false) }
            state.waiting += bytes
            if state.waiting.count > Self.maximumWaiting {
                (state.isOver, state.isOverrun, state.waiting) = (true, true, [])
                return (false, true)
            }
            if state.isDraining { return (false, false) }
            flush(&state)
            state.isDraining = !state.waiting.isEmpty
            return (state.isDraining, state.isOver)
        }
        if isLost { return onLoss() }
        guard begins else { return }
        let draining = Task(executorPreference: loop) { await self.drain() }
        state.withLock { $0.draining = draining }
    }

    /// Waits, for a bounded time, until everything has been taken.
    func finish() async { await state.withLock({ $0.draining })?.value }

    /// Writes what the pipe takes.
    private func flush(_ state: inout State) {
        while !state.waiting.isEmpty {
            let count = state.waiting.withUnsafeBytes { Glibc.write(pipe.rawValue, $0.baseAddress, $0.count) }
            if count > 0 {
                state.waiting.removeFirst(count)
            } else if errno != EINTR {
                if errno != EAGAIN { (state.isOver, state.waiting) = (true, []) }
                return
            }
        }
    }

    private func drain() async {
        while state.withLock({ !$0.waiting.isEmpty }) {
            do {
                try await loop.ready(pipe.rawValue, for: .writable, timeout: Self.patience)
            } catch {
                state.withLock { $0.isOver = true }
            }
            state.withLock { state in
                flush(&state)
                if state.isOver { state.waiting = [] }
            }
        }
        let isLost = state.withLock { state in
            state.isDraining = false
            return state.isOver
        }
        if isLost { onLoss() }
    }
}
