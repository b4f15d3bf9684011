import CLinux
import Glibc
import LinuxKernel
import Synchronization

/// The orchestrator's end of the launcher's socket: questions are asked and awaited, ends of processes are told.
///
/// Everything happens on the event loop's thread.
final class SandboxConnection: Sendable {
    /// The launcher has gone, and everything in the sandbox with it.
    struct Lost: Error {}

    typealias Answer = (reply: Reply, descriptors: [CInt])

    /// A question for which the launcher's queue has no room yet, with copies of what goes along.
    private struct Outgoing: Sendable {
        var envelope: Envelope<Request>
        var descriptors: [SharedDescriptor]
    }

    private enum End {
        case running([CheckedContinuation<ProcessEnd, Never>])
        case ended(ProcessEnd)
    }

    private struct State {
        var lastNumber: UInt32 = 0
        var pending: [UInt32: @Sendable (Result<Answer, any Error>) -> Void] = [:]
        var ends: [UInt32: End] = [:]
        /// In the order of asking. Sending never waits: the launcher may itself be waiting for its answers to be taken.
        var outgoing: [Outgoing] = []
        var watch: EventLoop.Watch?
        var onNotice: (@Sendable (String) -> Void)?
        var onLoss: (@Sendable () -> Void)?
        var isLost = false
        /// The other side ended it.
        var wasDropped = false
    }

    private let channel: Channel
    private let state = Mutex(State())

    /// - Parameter socket: Taken over.
    init(adopting socket: CInt, on loop: EventLoop) throws(SystemCallError) {
        channel = Channel(adopting: socket)
        let watch = try loop.watch(socket, for: .readable) { [weak self] readiness in
            if readiness.contains(.writable) { self?.sendWaiting() }
            if readiness != .writable { self?.receive() }
        }
        state.withLock { $0.watch = watch }
    }

    /// Asks the launcher; `descriptors` are copied along and stay the caller's.
    func ask(_ request: Request, descriptors: [CInt] = []) async throws -> (reply: Reply, descriptors: [CInt]) {
        try await withCheckedThrowingContinuation { continuation in
            post(request, descriptors: descriptors) { continuation.resume(with: $0) }
        }
    }

    /// Asks without waiting. Answers come in the order of the questions, except for those that start a process.
    func post(
        _ request: Request, descriptors: [CInt] = [], answered: @escaping @Sendable (Result<Answer, any Error>) -> Void
    ) {
        let number: UInt32? = state.withLock { state in
            guard !state.isLost else { return nil }
            state.lastNumber += 1
            state.pending[state.lastNumber] = answered
            return state.lastNumber
        }
        guard let number else { return answered(.failure(Lost())) }
        do throws(SystemCallError) {
            try send(Envelope(number: number, body: request), descriptors)
        } catch {
            fail(number, error)
        }
    }

    private func send(_ envelope: Envelope<Request>, _ descriptors: [CInt]) throws(SystemCallError) {
        if state.withLock({ $0.outgoing.isEmpty }) {
            do throws(SystemCallError) {
                return try channel.send(envelope, descriptors: descriptors, waits: false)
            } catch {
                guard error.errno == EAGAIN else { throw error }
            }
        }
        var copies: [SharedDescriptor] = []
        for descriptor in descriptors {
            copies.append(
                SharedDescriptor(
                    OwnedDescriptor(
                        adopting: try checked("fcntl") { clinux_fcntl(descriptor, F_DUPFD_CLOEXEC, 3) })))
        }
        let watch = state.withLock { state in
            state.outgoing.append(Outgoing(envelope: envelope, descriptors: copies))
            return state.watch
        }
        try watch?.change(to: [.readable, .writable])
    }

    /// Sends what has been waiting for room, as far as that goes.
    private func sendWaiting() {
        var sent = 0
        let (waiting, watch) = state.withLock { ($0.outgoing, $0.watch) }
        for outgoing in waiting {
            do throws(SystemCallError) {
                try channel.send(
                    outgoing.envelope, descriptors: outgoing.descriptors.map(\.rawValue), waits: false)
            } catch {
                if error.errno == EAGAIN { break }
                fail(outgoing.envelope.number, error)
            }
            sent += 1
        }
        state.withLock { $0.outgoing.removeFirst(sent) }
        guard sent == waiting.count else { return }
        do throws(SystemCallError) {
            try watch?.change(to: .readable)
        } catch {
            // Without a watch nothing would be heard any more.
            lose(dropped: true)
        }
    }

    private func fail(_ number: UInt32, _ error: SystemCallError) {
        let answered = state.withLock { $0.pending.removeValue(forKey: number) }
        answered?(.failure(error.errno == EPIPE ? Lost() as any Error : error))
    }

    /// Asks, and takes a failure told by the launcher as an error.
    func perform(_ request: Request, descriptors: [CInt] = []) async throws -> Reply {
        let (reply, received) = try await ask(request, descriptors: descriptors)
        for descriptor in received { Glibc.close(descriptor) }
        if case .failed(let failure) = reply { throw failure }
        return reply
    }

    /// Waits for the end of a process that was started over this connection.
    func end(of process: UInt32) async -> ProcessEnd {
        await withCheckedContinuation { continuation in
            let known: ProcessEnd? = state.withLock { state in
                switch state.ends[process] {
                case .ended(let end): return end
                case .running(let waiting):
                    state.ends[process] = .running(waiting + [continuation])
                    return nil
                case nil: return .lost
                }
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    /// Nobody will ask for the end of a process any more.
    func forget(_ process: UInt32) { state.withLock { $0.ends[process] = nil } }

    /// Sets who hears what the launcher tells unasked.
    func onNotice(_ body: @escaping @Sendable (String) -> Void) { state.withLock { $0.onNotice = body } }

    /// Sets who hears that the launcher has ended without having been asked to.
    func onLoss(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onLoss = body } }

    /// Whether the launcher has ended without having been asked to.
    var wasDropped: Bool { state.withLock { $0.wasDropped } }

    /// Forgets everything; those who wait are told that the sandbox is lost.
    func close() { lose(dropped: false) }

    private func receive() {
        do {
            while true {
                guard let (envelope, descriptors) = try channel.receive(Reply.self, waits: false) else {
                    return lose(dropped: true)
                }
                deliver(envelope, descriptors)
            }
        } catch let error as SystemCallError where error.errno == EAGAIN {
            return
        } catch {
            // A message that can't be read leaves nothing to rely on.
            lose(dropped: true)
        }
    }

    private func deliver(_ envelope: Envelope<Reply>, _ descriptors: [CInt]) {
        if case .notice(let text) = envelope.body { return state.withLock({ $0.onNotice })?(text) ?? () }
        if case .exited(let process, let status, let oomKilled) = envelope.body {
            let end = ProcessEnd.ended(ProcessExit(status: status), oomKilled: oomKilled)
            let waiting = state.withLock { state -> [CheckedContinuation<ProcessEnd, Never>] in
                // Nobody asks any more for one that has been forgotten.
                guard case .running(let waiting) = state.ends[process] else { return [] }
                state.ends[process] = .ended(end)
                return waiting
            }
            for continuation in waiting { continuation.resume(returning: end) }
            return
        }
        let answered = state.withLock { state in
            if case .started(let process, _) = envelope.body { state.ends[process] = .running([]) }
            return state.pending.removeValue(forKey: envelope.number)
        }
        answered?(.success((envelope.body, descriptors)))
    }

    private func lose(dropped: Bool) {
        let (watch, pending, waiting, onLoss) = state.withLock { state in
            let onLoss = dropped && !state.isLost ? state.onLoss : nil
            defer {
                state.wasDropped = state.wasDropped || (dropped && !state.isLost)
                state.isLost = true
                state.pending = [:]
                state.outgoing = []
                state.watch = nil
            }
            var waiting: [CheckedContinuation<ProcessEnd, Never>] = []
            for (process, end) in state.ends {
                if case .running(let continuations) = end {
                    waiting += continuations
                    state.ends[process] = .ended(.lost)
                }
            }
            return (state.watch, Array(state.pending.values), waiting, onLoss)
        }
        watch?.cancel()
        for answered in pending { answered(.failure(Lost())) }
        for continuation in waiting { continuation.resume(returning: .lost) }
        onLoss?()
    }
}

/// How a process in the sandbox ended.
enum ProcessEnd: Hashable, Sendable {
    case ended(ProcessExit, oomKilled: Bool)
    /// With the whole sandbox.
    case lost
}
