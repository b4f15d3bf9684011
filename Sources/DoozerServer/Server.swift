public import DoozerService
import Glibc
import NIOCore
import NIOPosix

/// A Doozer server that listens: one event loop on one thread, which owns the store.
public final class Server: Sendable {
    /// What the sockets of a server are told.
    public struct Options: Sendable {
        /// Where to listen.
        public var address: ServerAddress
        /// The longest message taken from a client, in bytes.
        public var maximumMessage = 16 * 1024 * 1024
        /// How long a connection may be silent before the kernel asks whether its peer is still there, in seconds;
        /// a peer that is not is found out within half a minute more.
        public var keepAliveIdle = 30
        /// Takes each line of the log, without its end; from the server's thread.
        public var logLine: @Sendable (String) -> Void

        /// Makes the options of a server at `address`.
        public init(address: ServerAddress, logLine: @escaping @Sendable (String) -> Void) {
            self.address = address
            self.logLine = logLine
        }
    }

    /// Where the server listens, `HOST:PORT`.
    public let address: String

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let state: NIOLoopBound<ServerState>

    /// Starts to listen.
    ///
    /// When this returns, clients are served.
    ///
    /// - Parameters:
    ///   - options: Where and how.
    ///   - configuration: Makes the service's configuration, given the address that is listened on.
    /// - Throws: ``ListenError``, or what NIO could not set up.
    public init(
        _ options: Options, configuration: @escaping @Sendable (_ address: String) -> Configuration
    ) throws {
        let socketAddress: SocketAddress
        do {
            socketAddress = try options.address.resolved()
        } catch {
            throw ListenError(options.address, error) ?? error
        }
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        do {
            let box = NIOLoopBoundBox<ServerState?>.makeEmptyBox(valueType: ServerState.self, eventLoop: loop)
            channel = try Server.bootstrap(group, options, box).bind(to: socketAddress).wait()
            let address = channel.localAddress.map(ServerAddress.description) ?? "\(socketAddress)"
            self.address = address
            state = try loop.submit {
                let service = Service(configuration(address))
                let state = ServerState(
                    service: service, maximumMessage: options.maximumMessage, logLine: options.logLine)
                box.value = state
                return NIOLoopBound(state, eventLoop: loop)
            }.wait()
            // Only now may clients be accepted; until here they have waited in the backlog.
            try channel.setOption(.autoRead, value: true).wait()
        } catch {
            try group.syncShutdownGracefully()
            throw ListenError(options.address, error) ?? error
        }
    }

    /// Waits until the server is shut down.
    public func wait() throws {
        try channel.closeFuture.wait()
    }

    /// Closes all connections and ends the server's thread.
    public func shutdown() throws {
        try group.syncShutdownGracefully()
    }

    /// How many connections there are, and how many of their requests wait for an answer.
    public func load() throws -> (connections: Int, outstanding: Int) {
        let state = self.state
        return try channel.eventLoop.submit {
            (state.value.service.sessionCount, state.value.service.outstandingCount)
        }.wait()
    }

    private static func tcpOption(_ name: CInt) -> ChannelOptions.Types.SocketOption {
        ChannelOptions.Types.SocketOption(level: .tcp, name: NIOBSDSocket.Option(rawValue: name))
    }

    private static func bootstrap(
        _ group: MultiThreadedEventLoopGroup, _ options: Options, _ state: NIOLoopBoundBox<ServerState?>
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.autoRead, value: false)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Out of descriptors: wait a little instead of giving up listening.
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                }
            }
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(tcpOption(TCP_KEEPIDLE), value: .init(options.keepAliveIdle))
            .childChannelOption(tcpOption(TCP_KEEPINTVL), value: 10)
            .childChannelOption(tcpOption(TCP_KEEPCNT), value: 3)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 * 1024, high: 512 * 1024))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let state = state.value else { throw ChannelError.ioOnClosedChannel }
                    try channel.pipeline.syncOperations.addHandler(ConnectionHandler(server: state))
                }
            }
    }
}
