import Addresses
import CLinux
import Glibc
import LinuxKernel
import Synchronization

/// Sockets of the sandbox's network namespace, fetched from the launcher a few at a time: one question to it serves
/// several connections.
final class SocketPool: Sendable {
    /// Streams that are fetched at once.
    private static let batch: UInt8 = 8

    private let connection: SandboxConnection
    private struct State {
        var streams: [CInt] = []
        var isFetching = false
    }

    private let state = Mutex(State())

    init(_ connection: SandboxConnection) { self.connection = connection }

    deinit {
        for descriptor in state.withLock({ $0.streams }) { close(descriptor) }
    }

    /// A stream socket.
    func take() async throws -> OwnedDescriptor {
        let (known, isFirst) = state.withLock { state in
            let known = state.streams.popLast()
            let isFirst = known == nil && !state.isFetching
            if isFirst { state.isFetching = true }
            return (known, isFirst)
        }
        if let known { return OwnedDescriptor(adopting: known) }
        // While a batch is on its way, others ask for no more than they need.
        guard isFirst else { return try await take(type: CInt(SOCK_STREAM.rawValue)) }
        defer { state.withLock { $0.isFetching = false } }
        var fetched = try await fetch(CInt(SOCK_STREAM.rawValue), count: Self.batch)
        guard let first = fetched.popLast() else { throw SandboxConnection.Lost() }
        state.withLock { $0.streams += fetched }
        return OwnedDescriptor(adopting: first)
    }

    /// A single socket of any type.
    func take(type: CInt) async throws -> OwnedDescriptor {
        guard let descriptor = try await fetch(type, count: 1).first else { throw SandboxConnection.Lost() }
        return OwnedDescriptor(adopting: descriptor)
    }

    private func fetch(_ type: CInt, count: UInt8) async throws -> [CInt] {
        let (reply, descriptors) = try await connection.ask(.sockets(type: type, count: count))
        if case .failed(let failure) = reply { throw failure }
        return descriptors
    }
}

extension IPv4Address {
    /// Calls `body` with the address and a port as the socket calls take them.
    func withSocketAddress<Result>(
        port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = rawValue.bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}

/// A TCP connection into the sandbox.
public final class SocketStream: Sendable {
    private let descriptor: SharedDescriptor
    private let loop: EventLoop

    private init(_ descriptor: consuming OwnedDescriptor, on loop: EventLoop) {
        self.descriptor = SharedDescriptor(descriptor)
        self.loop = loop
    }

    static func connect(
        _ socket: consuming OwnedDescriptor, to address: IPv4Address, port: UInt16, timeout: Duration,
        on loop: EventLoop
    ) async throws -> SocketStream {
        let number = socket.rawValue
        let stream = SocketStream(socket, on: loop)
        try await HostSocket.connect(number, to: .v4(address), port: port, timeout: timeout, on: loop)
        return stream
    }

    /// A stream that is connected to an address outside of any sandbox.
    ///
    /// - Throws: ``SystemCallError``: `ECONNREFUSED`, `ETIMEDOUT` after `timeout`, ….
    public static func connectOnHost(
        to address: IPv4Address, port: UInt16, timeout: Duration, on loop: EventLoop
    ) async throws -> SocketStream {
        let socket = try HostSocket.make(type: SOCK_STREAM, for: .v4(address))
        return try await connect(socket, to: address, port: port, timeout: timeout, on: loop)
    }

    /// The next bytes, 64 KiB at most; empty at the end of the stream.
    public func read(timeout: Duration) async throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let number = descriptor.rawValue
        while true {
            do {
                let count = try checked("read") { Glibc.read(number, &buffer, buffer.count) }
                return Array(buffer[0..<count])
            } catch {
                guard error.errno == EAGAIN else { throw error }
                try await loop.ready(number, for: .readable, timeout: timeout)
            }
        }
    }

    /// Writes all bytes; `timeout` is for each wait.
    public func write(_ bytes: [UInt8], timeout: Duration) async throws {
        var rest = bytes[...]
        let number = descriptor.rawValue
        while !rest.isEmpty {
            do {
                let count = try checked("send") {
                    rest.withUnsafeBytes { send(number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
                }
                rest = rest.dropFirst(count)
            } catch {
                guard error.errno == EAGAIN else { throw error }
                try await loop.ready(number, for: .writable, timeout: timeout)
            }
        }
    }

    /// Ends the connection in both directions; the descriptor is closed when nobody holds the stream.
    public func close() { _ = shutdown(descriptor.rawValue, CInt(SHUT_RDWR)) }
}
