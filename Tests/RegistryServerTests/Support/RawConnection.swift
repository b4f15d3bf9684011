import Glibc
import LinuxKernel

/// A connection whose bytes a test chooses.
struct RawConnection: ~Copyable {
    private let socket: OwnedDescriptor

    /// - Parameter address: `http://127.0.0.1:PORT`
    init(to address: String) throws {
        let socket = OwnedDescriptor(
            adopting: try checked("socket") {
                Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            })
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        target.sin_port = (address.split(separator: ":").last.flatMap { UInt16($0) } ?? 0).bigEndian
        let number = socket.rawValue
        _ = try withUnsafePointer(to: &target) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                try checked("connect", address) { connect(number, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) }
            }
        }
        self.socket = socket
    }

    consuming func send(_ bytes: [UInt8]) throws -> RawConnection {
        try writeAll(bytes, to: socket.rawValue)
        return self
    }

    /// What the other side says until it closes; at most 20 seconds of silence.
    func readToEnd() throws -> [UInt8] {
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket.rawValue, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return try readAll(socket.rawValue)
    }
}
