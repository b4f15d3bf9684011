import Glibc
import LinuxKernel
import Synchronization

/// Carries bytes between two connected sockets, both ways.
///
/// A half-closed direction is passed on: the other side sees the end of its stream while it may still answer.
final class StreamRelay: Sendable {
    private struct State {
        var flows: [StreamFlow]
        var watches: [EventLoop.Watch] = []
        var isClosed = false
        /// The socket from which something came last; `nil`: from neither.
        var lastSpeaker: Int?
        var lastSpoke = ContinuousClock.now
    }

    private static let interest: EventLoop.Readiness = [.readable, .writable, .peerClosed, .edgeTriggered]

    private let sockets: [SharedDescriptor]
    private let state: Mutex<State>
    private let onEnd: @Sendable (StreamRelay) -> Void

    /// - Parameter onEnd: Called once, when both directions have ended or one has failed.
    init(
        _ first: SharedDescriptor, _ second: SharedDescriptor, on loop: EventLoop,
        onEnd: @escaping @Sendable (StreamRelay) -> Void
    ) throws(SystemCallError) {
        sockets = [first, second]
        self.onEnd = onEnd
        let (a, b) = (first.rawValue, second.rawValue)
        state = Mutex(State(flows: [StreamFlow(from: a, to: b), StreamFlow(from: b, to: a)]))
        for (index, socket) in [a, b].enumerated() {
            var on: CInt = 1
            // Small messages are what test fixtures exchange. Not every stream is TCP, so a refusal is no failure.
            _ = setsockopt(socket, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
            let watch = try loop.watch(socket, for: Self.interest) { self.move(socket: index, $0) }
            state.withLock { $0.watches.append(watch) }
        }
    }

    /// Whether the first socket has been answered all that it said, if anything, and nothing has come for a while.
    func isQuiet(for period: Duration, at now: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.isClosed || ($0.lastSpeaker != 0 && now - $0.lastSpoke >= period) }
    }

    /// Ends both directions at once.
    ///
    /// - Parameter failed: The connection was reset on one side, and is on the other.
    func close(failed: Bool = false) {
        let watches = state.withLock { state -> [EventLoop.Watch]? in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            defer { state.watches = [] }
            return state.watches
        }
        guard let watches else { return }
        // The watches' handlers hold the relay: cancelling them lets it, and its descriptors, go.
        for watch in watches { watch.cancel() }
        for socket in sockets {
            if failed {
                HostSocket.reset(socket.rawValue)
            } else {
                _ = shutdown(socket.rawValue, CInt(SHUT_RDWR))
            }
        }
        onEnd(self)
    }

    /// Moves what a socket's readiness allows: what it has, and what waits for it.
    private func move(socket: Int, _ readiness: EventLoop.Readiness) {
        let (isFinished, hasFailed) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            // A reset after the end of what it had to say: nobody reads from it any more.
            var hasFailed = readiness.contains(.failed) && state.flows[socket].isDone
            let hasEnded = !readiness.isDisjoint(with: [.peerClosed, .closed])
            if hasEnded { state.flows[socket].expectEnd() }
            if hasEnded || readiness.contains(.readable) {
                (state.lastSpeaker, state.lastSpoke) = (socket, .now)
                hasFailed = !Self.advance(socket, of: &state) || hasFailed
            }
            let other = 1 - socket
            if state.flows[other].isBlocked, hasEnded || readiness.contains(.writable) {
                hasFailed = !Self.advance(other, of: &state) || hasFailed
            }
            return (hasFailed || state.flows.allSatisfy(\.isDone), hasFailed)
        }
        if isFinished { close(failed: hasFailed) }
    }

    /// False where the connection has failed.
    private static func advance(_ index: Int, of state: inout State) -> Bool {
        guard !state.flows[index].isDone else { return true }
        switch state.flows[index].advance() {
        case .waiting, .done: return true
        case .failed: return false
        case .interrupted:
            // Told again at once, after the others (epoll_ctl(2), `EPOLL_CTL_MOD`).
            for watch in state.watches {
                do throws(SystemCallError) {
                    try watch.change(to: interest)
                } catch {
                    return false
                }
            }
            return true
        }
    }
}
