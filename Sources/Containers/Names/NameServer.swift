import Addresses
import CLinux
import DNS
import Glibc
import LinuxKernel
import Synchronization

/// Answers what containers ask about names: all of them in the orchestrator, on sockets in their network namespaces.
///
/// What the environment knows is answered at once; what it does not know is passed on to ``NameForwarder``.
public final class NameServer: Sendable {
    /// Where a container finds it.
    public static let address = NameServerSockets.address

    /// Who asks on a socket.
    public enum Asker: Sendable {
        /// The container of that name.
        case container(String)
        /// Whoever has the address that the query comes from.
        case sender(@Sendable (IPAddress) -> String?)
    }

    /// A name server that is asked about what the environment does not know.
    public struct Upstream: Hashable, Sendable {
        /// Where it is, at port 53.
        public var address: IPAddress
        /// It is one of the sandbox's containers; else it is asked from the host.
        public var isInside: Bool

        /// A name server at that address.
        public init(address: IPAddress, isInside: Bool) {
            self.address = address
            self.isInside = isInside
        }
    }

    /// What is known of the names, and where an asker's other questions go.
    public struct Contents: Sendable {
        var zone: Zone
        var views: [String: (view: Zone.View, nameServers: [Upstream])]

        /// - Parameter views: By the container's name.
        public init(zone: Zone, views: [String: (view: Zone.View, nameServers: [Upstream])]) {
            self.zone = zone
            self.views = views
        }
    }

    private struct State {
        var contents: Contents?
        /// Sockets are open as long as they are watched.
        var served: [(socket: SharedDescriptor, watch: EventLoop.Watch)] = []
        var isClosed = false
    }

    private let loop: EventLoop
    private let forwarder: NameForwarder
    private let makeContents: @Sendable () -> Contents
    private let state = Mutex(State())

    /// - Parameter contents: Called when the first query comes: most runs ask for nothing.
    public init(sandbox: ContainerSandbox, on loop: EventLoop, contents: @escaping @Sendable () -> Contents) {
        self.loop = loop
        forwarder = NameForwarder(sandbox: sandbox, on: loop)
        makeContents = contents
    }

    /// The contents have changed: the next query has them made anew.
    public func refresh() { state.withLock { $0.contents = nil } }

    /// Serves the sockets that came with a process.
    public func serve(_ process: SandboxProcess, asker: Asker) throws(SystemCallError) {
        guard process.nameServerSockets.count == 2 else { return }
        try serve(datagrams: process.nameServerSockets[0], streams: process.nameServerSockets[1], asker)
    }

    /// Serves on an address of the sandbox, whose port is still free.
    public func serve(on address: IPv4Address, in sandbox: ContainerSandbox, asker: Asker) async throws {
        var sockets: [SharedDescriptor] = []
        for type in [SOCK_DGRAM, SOCK_STREAM] {
            let socket = SharedDescriptor(try await sandbox.socket(type: CInt(type.rawValue)))
            let number = socket.rawValue
            try checked("bind", "\(address):53") {
                address.withSocketAddress(port: NameServerSockets.port) { bind(number, $0, $1) }
            }
            sockets.append(socket)
        }
        let listener = sockets[1].rawValue
        try checked("listen", "\(address):53") { listen(listener, 128) }
        try serve(datagrams: sockets[0], streams: sockets[1], asker)
    }

    private func serve(
        datagrams: SharedDescriptor, streams: SharedDescriptor, _ asker: Asker
    ) throws(SystemCallError) {
        let datagramWatch = try loop.watch(datagrams.rawValue, for: .readable) { [weak self] _ in
            self?.receive(on: datagrams, asker)
        }
        let streamWatch = try loop.watch(streams.rawValue, for: .readable) { [weak self] _ in
            self?.accept(on: streams, asker)
        }
        state.withLock { state in
            state.served += [(datagrams, datagramWatch), (streams, streamWatch)]
        }
    }

    /// Closes the sockets that came with a process that has ended: they would keep its network namespace.
    public func forget(_ process: SandboxProcess) {
        let watches = state.withLock { state in
            let isOurs = { (entry: (socket: SharedDescriptor, watch: EventLoop.Watch)) in
                process.nameServerSockets.contains { $0 === entry.socket }
            }
            defer { state.served.removeAll(where: isOurs) }
            return state.served.filter(isOurs).map(\.watch)
        }
        for watch in watches { watch.cancel() }
    }

    /// Stops answering and closes every socket.
    public func close() {
        let watches = state.withLock { state in
            defer {
                state.served = []
                state.isClosed = true
            }
            return state.served.map(\.watch)
        }
        for watch in watches { watch.cancel() }
    }

    // MARK: Datagrams

    private func receive(on socket: SharedDescriptor, _ asker: Asker) {
        // Bounded, so that a flood leaves the loop's other descriptors their turn.
        for _ in 0..<32 {
            guard let (bytes, sender) = HostSocket.receive(socket.rawValue, capacity: 4096) else { return }
            switch answer(to: bytes, from: sender.address, asker, limit: nil) {
            case .nothing: break
            case .now(let answer): Self.send(answer, on: socket.rawValue, to: sender)
            case .ask(let query, let servers):
                Task(executorPreference: loop) { [forwarder] in
                    let answer = await forwarder.forward(bytes, query, to: servers, overStream: false)
                    Self.send(answer, on: socket.rawValue, to: sender)
                }
            }
        }
    }

    private static func send(_ answer: [UInt8], on socket: CInt, to sender: HostSocket.Sender) {
        // A lost answer is asked for again.
        _ = sender.address.withSocketAddress(port: sender.port) {
            sendto(socket, answer, answer.count, CInt(MSG_NOSIGNAL), $0, $1)
        }
    }

    // MARK: Streams

    private func accept(on listener: SharedDescriptor, _ asker: Asker) {
        for _ in 0..<32 {
            let flags = CInt(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            let descriptor = clinux_accept4(listener.rawValue, nil, nil, flags)
            guard descriptor >= 0 else { return }
            let stream = MessageStream(SharedDescriptor(OwnedDescriptor(adopting: descriptor)), on: loop)
            let sender = HostSocket.peer(of: descriptor)
            Task(executorPreference: loop) { await self.serve(stream, from: sender, asker) }
        }
    }

    /// Answers one query after the other, as long as they come (RFC 7766).
    private func serve(_ stream: MessageStream, from sender: IPv4Address, _ asker: Asker) async {
        do {
            while let bytes = try await stream.receive(), !state.withLock({ $0.isClosed }) {
                switch answer(to: bytes, from: .v4(sender), asker, limit: 65_535) {
                case .nothing: return
                case .now(let answer): try await stream.send(answer)
                case .ask(let query, let servers):
                    try await stream.send(await forwarder.forward(bytes, query, to: servers, overStream: true))
                }
            }
        } catch {
            // The asker has gone, or says nothing any more: the connection is closed with the stream.
        }
    }

    // MARK: Answers

    private enum Answer {
        case nothing
        case now([UInt8])
        case ask(Query, [Upstream])
    }

    /// - Parameter limit: Bytes; `nil`: as the query has it.
    private func answer(to bytes: [UInt8], from sender: IPAddress, _ asker: Asker, limit: Int?) -> Answer {
        let query: Query
        switch Query.read(bytes) {
        case .ignored: return .nothing
        case .malformed(let identifier): return .now(Response.formatError(identifier: identifier))
        case .query(let read): query = read
        }
        let name: String?
        switch asker {
        case .container(let container): name = container
        case .sender(let container): name = container(sender)
        }
        let limit = limit ?? query.datagramLimit
        return state.withLock { state in
            if state.contents == nil { state.contents = makeContents() }
            guard let name, let known = state.contents?.views[name],
                let verdict = state.contents?.zone.verdict(on: query, in: known.view)
            else { return .now(Response(.refused).message(to: query, limit: limit)) }
            switch verdict {
            case .answer(let response): return .now(response.message(to: query, limit: limit))
            case .forward: return .ask(query, known.nameServers)
            }
        }
    }
}
