import Glibc
import LinuxKernel
import Synchronization

/// Takes calls on a monitor's socket: of the same user, of the same version, and of a bounded number at a time.
public final class ControlServer: Sendable {
    /// Carries a request out; the connection is closed when it returns.
    public typealias Handler =
        @Sendable (_ request: ControlRequest, _ descriptors: [SharedDescriptor], _ connection: ControlConnection) async
        -> Void

    /// Connections at a time.
    private static let maximumConnections = 256
    /// How long a connection may say nothing.
    private static let patience: Duration = .seconds(10)
    /// How long no connection is taken where there are no descriptors left for one.
    private static let pause: Duration = .seconds(1)

    private struct State {
        var watch: EventLoop.Watch?
        var connections: [ObjectIdentifier: ControlConnection] = [:]
        var isClosed = false
    }

    private let listener: OwnedDescriptor
    private let loop: EventLoop
    private let release: String
    private let handler: Handler
    private let state = Mutex(State())

    /// Listens in a runtime directory.
    ///
    /// - Parameter release: This program's version.
    public init(
        directory: String, release: String, on loop: EventLoop, handler: @escaping Handler
    ) throws(SystemCallError) {
        listener = try LocalSocket.listen(at: ControlClient.path(in: directory))
        self.loop = loop
        self.release = release
        self.handler = handler
        try watch()
    }

    private func watch() throws(SystemCallError) {
        let watch = try loop.watch(listener.rawValue, for: .readable) { [weak self] _ in self?.accept() }
        state.withLock { $0.watch = watch }
    }

    /// Takes no more calls, and ends those that are there.
    public func close() {
        let (watch, connections) = state.withLock { state in
            defer {
                state.watch = nil
                state.isClosed = true
            }
            return (state.watch, Array(state.connections.values))
        }
        watch?.cancel()
        for connection in connections { connection.close() }
    }

    private func accept() {
        do throws(SystemCallError) {
            while let connection = try LocalSocket.accept(on: listener.rawValue) {
                try take(OwnedDescriptor(adopting: connection))
            }
        } catch {
            // Without descriptors the listener would be reported again and again.
            rest()
        }
    }

    private func take(_ descriptor: consuming OwnedDescriptor) throws(SystemCallError) {
        let peer = try LocalSocket.peer(of: descriptor.rawValue)
        guard peer.user == geteuid() || peer.user == 0 else { return }
        let connection = try ControlConnection(descriptor, on: loop)
        let isTaken = state.withLock { state in
            guard state.connections.count < Self.maximumConnections, !state.isClosed else { return false }
            state.connections[ObjectIdentifier(connection)] = connection
            return true
        }
        guard isTaken else { return connection.close() }
        Task(executorPreference: loop) {
            await self.serve(connection)
            await connection.flush()
            connection.close()
            _ = self.state.withLock { $0.connections.removeValue(forKey: ObjectIdentifier(connection)) }
        }
    }

    private func rest() {
        state.withLock { $0.watch.take() }?.cancel()
        Task(executorPreference: loop) {
            do {
                try await self.loop.sleep(for: Self.pause)
                if self.state.withLock({ !$0.isClosed }) { try self.watch() }
            } catch {
                // The loop has ended, or is full: nobody can be served any more.
            }
        }
    }

    private func serve(_ connection: ControlConnection) async {
        do {
            guard let message = try await connection.receive(timeout: Self.patience) else { return }
            let header: ControlHeader = try ControlCoding.decode(message.bytes)
            guard header.version == ControlCall.currentVersion else {
                return connection.send(.incompatible(version: ControlCall.currentVersion, release: release))
            }
            let call: ControlCall = try ControlCoding.decode(message.bytes)
            await handler(call.request, message.descriptors, connection)
        } catch {
            // Whatever it was, it was no call.
            connection.send(.failed(ControlFailure("the monitor can't read the request", code: 125)))
        }
    }
}
