import Glibc
import LinuxKernel
import Synchronization

/// The monitor's end of a command's connection.
///
/// Whatever the command does or leaves, the monitor goes on: nothing here waits for it without a bound, and what it
/// does not take is dropped with the connection.
public final class ControlConnection: Sendable {
    /// Answers that may be waiting for a command that does not read them.
    private static let maximumWaiting = 4096
    /// How long a command may take none of them.
    private static let patience: Duration = .seconds(30)

    private struct State {
        var waiting: [[UInt8]] = []
        var isDraining = false
        var isClosed = false
        var drained: [CheckedContinuation<Void, Never>] = []
    }

    private let socket: PacketSocket
    /// The same connection: the loop looks at a descriptor for one purpose only.
    private let writing: OwnedDescriptor
    private let loop: EventLoop
    private let state = Mutex(State())

    init(_ connection: consuming OwnedDescriptor, on loop: EventLoop) throws(SystemCallError) {
        writing = try connection.duplicate()
        socket = PacketSocket(adopting: connection)
        self.loop = loop
    }

    /// Whether the command has gone, or was given up.
    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Answers, now or as soon as the command takes it.
    public func send(_ reply: ControlReply) {
        do {
            let bytes = try ControlCoding.encode(reply)
            let (isFirst, isOver) = state.withLock { state -> (Bool, Bool) in
                guard !state.isClosed else { return (false, false) }
                if state.waiting.count >= Self.maximumWaiting { return (false, true) }
                state.waiting.append(bytes)
                defer { state.isDraining = true }
                return (!state.isDraining, false)
            }
            if isOver { return close() }
            if isFirst { drain() }
        } catch {
            // Only a value that JSON has no words for.
            close()
        }
    }

    /// Sends what waits, as far as the command takes it; the rest in a task.
    private func drain() {
        while let next = state.withLock({ $0.waiting.first }) {
            do {
                try ControlCoding.send(next, over: socket)
            } catch let error as SystemCallError where error.errno == EAGAIN {
                Task(executorPreference: loop) { await self.waitAndDrain() }
                return
            } catch {
                return close()
            }
            state.withLock { if !$0.waiting.isEmpty { $0.waiting.removeFirst() } }
        }
        let waiters = state.withLock { state in
            defer { state.drained = [] }
            state.isDraining = false
            return state.drained
        }
        for waiter in waiters { waiter.resume() }
    }

    private func waitAndDrain() async {
        do {
            try await loop.ready(writing.rawValue, for: .writable, timeout: Self.patience)
            drain()
        } catch {
            close()
        }
    }

    /// Waits until everything has been taken, or the command was given up.
    public func flush() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.isClosed || !state.isDraining { return true }
                state.drained.append(continuation)
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    /// The next message; `nil` when the command has gone.
    ///
    /// - Throws: ``SystemCallError`` with `ETIMEDOUT`; what is wrong with the message.
    func receive(timeout: Duration?) async throws -> (bytes: [UInt8], descriptors: [SharedDescriptor])? {
        while true {
            do {
                return try ControlCoding.receive(over: socket, waits: false)
            } catch let error as SystemCallError where error.errno == EAGAIN {
                try await loop.ready(socket.descriptor.rawValue, for: .readable, timeout: timeout)
            } catch let error as SystemCallError where error.errno == ECONNRESET {
                return nil
            }
        }
    }

    /// Hands on what else the command says; returns when it has gone.
    public func notes(_ body: (ControlNote) async -> Void) async throws {
        while let message = try await receive(timeout: nil) {
            await body(try ControlCoding.decode(message.bytes))
        }
    }

    /// Gives the command up.
    public func close() {
        let waiters = state.withLock { state in
            defer {
                state.isClosed = true
                state.isDraining = false
                state.waiting = []
                state.drained = []
            }
            return state.drained
        }
        _ = shutdown(socket.descriptor.rawValue, CInt(SHUT_RDWR))
        for waiter in waiters { waiter.resume() }
    }
}
