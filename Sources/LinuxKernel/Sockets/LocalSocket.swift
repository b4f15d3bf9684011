import CLinux
import Glibc

/// Packet sockets that are found by a path (unix(7)).
public enum LocalSocket {
    /// Who is at the other end, as the kernel saw it when the connection was made.
    public struct Peer: Hashable, Sendable {
        /// The process; 0 where it is in no PID namespace that the caller sees.
        public var process: pid_t
        /// The effective user.
        public var user: uid_t
    }

    /// Bytes that a path may have.
    public static let maximumPath = 107

    /// Listens at a path that does not exist yet; only the same user can connect. Neither accepting nor reading waits.
    ///
    /// - Throws: ``SystemCallError``: `ENAMETOOLONG` above ``maximumPath``, `EADDRINUSE` where something is there.
    public static func listen(at path: String, backlog: CInt = 128) throws(SystemCallError) -> OwnedDescriptor {
        let socket = try make(flags: CInt(SOCK_NONBLOCK.rawValue))
        let number = socket.rawValue
        try withAddress(path) { address, size throws(SystemCallError) in
            try checked("bind", path) { bind(number, address, size) }
        }
        try checked("chmod", path) { chmod(path, 0o600) }
        try checked("listen", path) { Glibc.listen(number, backlog) }
        return socket
    }

    /// Connects to whoever listens at a path; the connection's calls wait.
    ///
    /// - Throws: ``SystemCallError``: `ENOENT` where nothing is there, `ECONNREFUSED` where nobody listens any more.
    public static func connect(to path: String) throws(SystemCallError) -> OwnedDescriptor {
        let socket = try make(flags: 0)
        let number = socket.rawValue
        try withAddress(path) { address, size throws(SystemCallError) in
            try checked("connect", path) { Glibc.connect(number, address, size) }
        }
        return socket
    }

    /// The next connection, whose calls do not wait and which is the caller's to close; `nil` where there is none.
    public static func accept(on listener: CInt) throws(SystemCallError) -> CInt? {
        do {
            return try checked("accept4") {
                clinux_accept4(listener, nil, nil, CInt(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue))
            }
        } catch {
            if error.errno == EAGAIN || error.errno == ECONNABORTED { return nil }
            throw error
        }
    }

    /// Who is at the other end of a connection.
    ///
    /// The corresponding option is `SO_PEERCRED` of `unix(7)`.
    public static func peer(of connection: CInt) throws(SystemCallError) -> Peer {
        var values: (UInt32, UInt32, UInt32) = (0, 0, 0)
        try checked("getsockopt", "SO_PEERCRED") {
            withUnsafeMutablePointer(to: &values) {
                $0.withMemoryRebound(to: UInt32.self, capacity: 3) { clinux_peer_credentials(connection, $0) }
            }
        }
        return Peer(process: pid_t(bitPattern: values.0), user: values.1)
    }

    private static func make(flags: CInt) throws(SystemCallError) -> OwnedDescriptor {
        let type = CInt(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue) | flags
        return OwnedDescriptor(adopting: try checked("socket") { socket(AF_UNIX, type, 0) })
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard (1...maximumPath).contains(bytes.count) else {
            throw SystemCallError(call: "connect", errno: ENAMETOOLONG, subject: path)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        var failure: SystemCallError?
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                do throws(SystemCallError) {
                    try body(pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
    }
}
