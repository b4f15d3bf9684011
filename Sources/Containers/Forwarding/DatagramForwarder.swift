import Addresses
import CLinux
import Glibc
import LinuxKernel
import Synchronization

/// A UDP port of the host that leads into the sandbox.
///
/// Each client has a socket of its own inside, so that answers find their way back; one that has been silent for a
/// while is forgotten.
public final class DatagramForwarder: Sendable {
    /// As conntrack has it for streams of datagrams: nf_conntrack_udp_timeout_stream.
    private static let idleTimeout: Duration = .seconds(120)
    /// Clients at a time; the one that was silent for longest makes room.
    private static let maximumClients = 1024
    /// The largest datagram (udp(7)).
    private static let maximumSize = 65_535

    private struct Client {
        let socket: SharedDescriptor
        let watch: EventLoop.Watch
        var lastUse: ContinuousClock.Instant
    }

    private struct State {
        var target: PortForwarder.Target
        var clients: [Endpoint: Client] = [:]
        /// Those whose socket is on its way from the launcher, with what they have sent meanwhile.
        var arriving: [Endpoint: [[UInt8]]] = [:]
        var watch: EventLoop.Watch?
        var isClosed = false
    }

    private typealias Endpoint = HostSocket.Sender

    /// The port that is listened on.
    public let port: UInt16
    private let listener: OwnedDescriptor
    private let sandbox: ContainerSandbox
    private let loop: EventLoop
    private let state: Mutex<State>

    private init(
        listener: consuming OwnedDescriptor, port: UInt16, target: PortForwarder.Target, sandbox: ContainerSandbox,
        loop: EventLoop
    ) {
        self.listener = listener
        self.port = port
        self.sandbox = sandbox
        self.loop = loop
        state = Mutex(State(target: target))
    }

    /// Listens on the host; `port` 0 is any free one.
    ///
    /// - Throws: ``SystemCallError``: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`.
    public static func open(
        hostAddress: IPAddress, port: UInt16, to target: PortForwarder.Target, in sandbox: ContainerSandbox,
        on loop: EventLoop
    ) throws(SystemCallError) -> DatagramForwarder {
        let listener = try HostSocket.listening(type: SOCK_DGRAM, for: hostAddress)
        let number = listener.rawValue
        try checked("bind", "\(hostAddress.hostDescription):\(port)/udp") {
            hostAddress.withSocketAddress(port: port) { bind(number, $0, $1) }
        }
        let forwarder = DatagramForwarder(
            listener: listener, port: try HostSocket.localPort(of: number), target: target, sandbox: sandbox, loop: loop
        )
        let watch = try loop.watch(number, for: .readable) { [weak forwarder] _ in forwarder?.receive() }
        forwarder.state.withLock { $0.watch = watch }
        return forwarder
    }

    /// Sends new clients elsewhere.
    public func retarget(_ target: PortForwarder.Target) { state.withLock { $0.target = target } }

    /// Stops listening and forgets every client.
    public func close() {
        let (watch, clients) = state.withLock { state in
            defer {
                state.watch = nil
                state.clients = [:]
                state.arriving = [:]
                state.isClosed = true
            }
            return (state.watch, Array(state.clients.values))
        }
        watch?.cancel()
        for client in clients { client.watch.cancel() }
    }

    private func receive() {
        for _ in 0..<64 {
            guard
                let (datagram, endpoint) = HostSocket.receive(
                    listener.rawValue, capacity: Self.maximumSize)
            else { return }
            let (socket, mustConnect) = state.withLock { state -> (CInt?, Bool) in
                if state.clients[endpoint] != nil {
                    state.clients[endpoint]?.lastUse = .now
                    return (state.clients[endpoint]?.socket.rawValue, false)
                }
                let isNew = state.arriving[endpoint] == nil
                // Bounded: datagrams may be lost, memory may not.
                if state.arriving[endpoint, default: []].count < 16 {
                    state.arriving[endpoint, default: []].append(datagram)
                }
                return (nil, isNew)
            }
            if let socket { _ = send(socket, datagram, datagram.count, CInt(MSG_NOSIGNAL)) }
            if mustConnect { Task(executorPreference: loop) { await self.admit(endpoint) } }
        }
    }

    private func admit(_ endpoint: Endpoint) async {
        do {
            let socket = SharedDescriptor(try await sandbox.socket(type: CInt(SOCK_DGRAM.rawValue)))
            let target = state.withLock { $0.target }
            try await HostSocket.connect(
                socket.rawValue, to: .v4(target.address), port: target.port, timeout: .seconds(1), on: loop)
            let watch = try loop.watch(socket.rawValue, for: .readable) { [weak self] _ in
                self?.answer(from: socket.rawValue, to: endpoint)
            }
            let waiting = state.withLock { state -> [[UInt8]]? in
                guard !state.isClosed else { return nil }
                state.clients[endpoint] = Client(socket: socket, watch: watch, lastUse: .now)
                return state.arriving.removeValue(forKey: endpoint) ?? []
            }
            guard let waiting else { return watch.cancel() }
            for datagram in waiting { _ = send(socket.rawValue, datagram, datagram.count, CInt(MSG_NOSIGNAL)) }
            expire()
        } catch {
            // As a lost datagram: the client will send again.
            _ = state.withLock { $0.arriving.removeValue(forKey: endpoint) }
        }
    }

    private func answer(from socket: CInt, to endpoint: Endpoint) {
        withUnsafeTemporaryAllocation(byteCount: Self.maximumSize, alignment: 16) { buffer in
            for _ in 0..<64 {
                let count = recv(socket, buffer.baseAddress, buffer.count, 0)
                guard count >= 0 else { return }
                state.withLock { $0.clients[endpoint]?.lastUse = .now }
                _ = endpoint.address.withSocketAddress(port: endpoint.port) {
                    sendto(listener.rawValue, buffer.baseAddress, count, CInt(MSG_NOSIGNAL), $0, $1)
                }
            }
        }
    }

    /// Forgets those that are silent, and the most silent one where there are too many.
    private func expire() {
        let gone = state.withLock { state -> [Client] in
            let limit = ContinuousClock.now - Self.idleTimeout
            var endpoints = state.clients.filter { $0.value.lastUse < limit }.map(\.key)
            if state.clients.count - endpoints.count > Self.maximumClients,
                let oldest = state.clients.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                endpoints.append(oldest.key)
            }
            return endpoints.compactMap { state.clients.removeValue(forKey: $0) }
        }
        for client in gone { client.watch.cancel() }
    }
}
