import CLinux
import Glibc
import LinuxKernel
import Synchronization

/// Carries bytes between two connected sockets, both ways, without copying them through this process (splice(2)).
///
/// A half-closed direction is passed on: the other side sees the end of its stream while it may still answer.
final class StreamRelay: Sendable {
    /// One direction: from a socket through a pipe to the other socket.
    private struct Flow {
        let source: CInt
        let destination: CInt
        let reader: CInt
        let writer: CInt
        var buffered = 0
        var sourceEnded = false
        var isDone = false
    }

    private struct State {
        var flows: [Flow]
        var watches: [EventLoop.Watch] = []
        var isClosed = false
    }

    /// What a pipe holds unless told otherwise (pipe(7)).
    private static let capacity = 64 << 10
    /// Bytes moved in a row before others have their turn.
    private static let burst = 1 << 20

    private let sockets: [SharedDescriptor]
    private let pipes: [SharedDescriptor]
    private let state: Mutex<State>
    private let onEnd: @Sendable (StreamRelay) -> Void

    /// - Parameter onEnd: Called once, when both directions have ended or one has failed.
    init(
        _ first: SharedDescriptor, _ second: SharedDescriptor, on loop: EventLoop,
        onEnd: @escaping @Sendable (StreamRelay) -> Void
    ) throws(SystemCallError) {
        sockets = [first, second]
        self.onEnd = onEnd
        var descriptors: [SharedDescriptor] = []
        for _ in 0..<2 {
            var ends: [CInt] = [-1, -1]
            try checked("pipe2") { clinux_pipe2(&ends, O_CLOEXEC | O_NONBLOCK) }
            descriptors += ends.map { SharedDescriptor(OwnedDescriptor(adopting: $0)) }
        }
        pipes = descriptors
        let (a, b) = (first.rawValue, second.rawValue)
        state = Mutex(
            State(flows: [
                Flow(source: a, destination: b, reader: descriptors[0].rawValue, writer: descriptors[1].rawValue),
                Flow(source: b, destination: a, reader: descriptors[2].rawValue, writer: descriptors[3].rawValue),
            ]))
        for socket in [a, b] {
            var on: CInt = 1
            // Small messages are what test fixtures exchange. Not every stream is TCP, so a refusal is no failure.
            _ = setsockopt(socket, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
            let watch = try loop.watch(socket, for: [.readable, .writable, .edgeTriggered]) { _ in self.move() }
            state.withLock { $0.watches.append(watch) }
        }
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

    private func move() {
        let (isFinished, hasFailed) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            var failed = false
            for index in state.flows.indices where !state.flows[index].isDone {
                failed = !Self.advance(&state.flows[index]) || failed
            }
            return (failed || state.flows.allSatisfy(\.isDone), failed)
        }
        if isFinished { close(failed: hasFailed) }
    }

    /// Moves what can be moved now; false where the connection has failed.
    private static func advance(_ flow: inout Flow) -> Bool {
        let flags = clinux_SPLICE_F_MOVE | clinux_SPLICE_F_NONBLOCK
        while true {
            var progressed = false
            if !flow.sourceEnded, flow.buffered < capacity {
                let count = clinux_splice(flow.source, flow.writer, burst, flags)
                if count > 0 {
                    flow.buffered += count
                    progressed = true
                } else if count == 0 {
                    flow.sourceEnded = true
                } else if errno != EAGAIN, errno != EINTR {
                    return false
                }
            }
            if flow.buffered > 0 {
                let count = clinux_splice(flow.reader, flow.destination, flow.buffered, flags)
                if count > 0 {
                    flow.buffered -= count
                    progressed = true
                } else if errno != EAGAIN, errno != EINTR {
                    return false
                }
            }
            if flow.sourceEnded, flow.buffered == 0 {
                _ = shutdown(flow.destination, CInt(SHUT_WR))
                flow.isDone = true
                return true
            }
            if !progressed { return true }
        }
    }
}
