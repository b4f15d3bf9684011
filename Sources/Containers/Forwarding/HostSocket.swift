import Addresses
import CLinux
import Glibc
import LinuxKernel

/// Steps on sockets that forwarders and the name server share.
enum HostSocket {
    /// Who has sent a datagram.
    struct Sender: Hashable {
        var address: IPAddress
        var port: UInt16
    }

    /// A socket of that type and the address's family, not blocking.
    static func make(type: __socket_type, for address: IPAddress) throws(SystemCallError) -> OwnedDescriptor {
        let flags = CInt(type.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let family =
            switch address {
            case .v4: AF_INET
            case .v6: AF_INET6
            }
        return OwnedDescriptor(adopting: try checked("socket") { Glibc.socket(family, flags, 0) })
    }

    /// As ``make(type:for:)``, to be bound to the address; one of IPv6 leaves the host's IPv4 addresses alone.
    static func listening(type: __socket_type, for address: IPAddress) throws(SystemCallError) -> OwnedDescriptor {
        let socket = try make(type: type, for: address)
        if case .v6 = address {
            let number = socket.rawValue
            var on: CInt = 1
            try checked("setsockopt", "IPV6_V6ONLY") {
                setsockopt(number, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &on, socklen_t(MemoryLayout<CInt>.size))
            }
        }
        return socket
    }

    static func localPort(of socket: CInt) throws(SystemCallError) -> UInt16 {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        try checked("getsockname") {
            withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
            }
        }
        // The port is in the same place in both families.
        return UInt16(bigEndian: address.sin6_port)
    }

    /// The address of a connection's other side; 0.0.0.0 where it is gone.
    static func peer(of socket: CInt) -> IPv4Address {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(socket, $0, &length) }
        }
        return result == 0 ? IPv4Address(rawValue: UInt32(bigEndian: address.sin_addr.s_addr)) : .any
    }

    /// Takes a datagram; `nil` where there is none.
    static func receive(_ socket: CInt, capacity: Int) -> (bytes: [UInt8], sender: Sender)? {
        // Room for both families; the port is in the same place.
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        var count = -1
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
            count = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(socket, buffer.baseAddress, capacity, 0, $0, &length)
                }
            }
            initialized = max(count, 0)
        }
        guard count >= 0 else { return nil }
        return (bytes, Sender(address: Self.address(in: address), port: UInt16(bigEndian: address.sin6_port)))
    }

    private static func address(in storage: sockaddr_in6) -> IPAddress {
        withUnsafeBytes(of: storage) { bytes in
            if storage.sin6_family == sa_family_t(AF_INET) {
                // struct sockaddr_in: family, port, then four bytes.
                return .v4(IPv4Address(bytes[4], bytes[5], bytes[6], bytes[7]))
            }
            // struct sockaddr_in6: family, port, flow information, then sixteen bytes.
            return IPv6Address(octets: bytes[8..<24]).map(IPAddress.v6) ?? .v6(.any)
        }
    }

    static func connect(
        _ socket: CInt, to address: IPAddress, port: UInt16, timeout: Duration, on loop: EventLoop
    ) async throws {
        let name = "\(address.hostDescription):\(port)"
        do {
            try checked("connect", name) { address.withSocketAddress(port: port) { Glibc.connect(socket, $0, $1) } }
        } catch {
            guard error.errno == EINPROGRESS else { throw error }
            try await loop.ready(socket, for: .writable, timeout: timeout)
            var code: CInt = 0
            var length = socklen_t(MemoryLayout<CInt>.size)
            try checked("getsockopt") { getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length) }
            if code != 0 { throw SystemCallError(call: "connect", errno: code, subject: name) }
        }
    }

    /// Has the next close send a reset instead of an orderly end.
    static func reset(_ socket: CInt) {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        // The connection may be gone already, which is what is wanted.
        _ = setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }
}

extension IPAddress {
    /// Calls `body` with the address and a port as the socket calls take them.
    func withSocketAddress<Result>(
        port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        switch self {
        case .v4(let address): return address.withSocketAddress(port: port, body)
        case .v6(let address):
            var storage = sockaddr_in6()
            storage.sin6_family = sa_family_t(AF_INET6)
            storage.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &storage.sin6_addr) { $0.copyBytes(from: address.octets) }
            return withUnsafePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
                }
            }
        }
    }
}
