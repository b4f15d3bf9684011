import Glibc
import LinuxKernel

/// A connection whose bytes a test chooses.
///
/// What waits for the other side does so on a thread of its own: the server's tasks share the few of this process with
/// the tests.
final class RawConnection: Sendable {
    private let socket: SharedDescriptor

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
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        self.socket = SharedDescriptor(socket)
    }

    @discardableResult
    func send(_ bytes: [UInt8]) throws -> RawConnection {
        var rest = bytes[...]
        while !rest.isEmpty {
            rest = rest.dropFirst(
                try checked("send") {
                    rest.withUnsafeBytes {
                        Glibc.send(socket.rawValue, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                    }
                })
        }
        return self
    }

    @discardableResult
    func send(_ text: String) throws -> RawConnection { try send(Array(text.utf8)) }

    /// Sends a byte in each such time until the other side closes.
    func drip(_ byte: UInt8, milliseconds: CInt) async throws {
        try await waiting { [self] in
            do {
                while true {
                    var polled = pollfd(fd: socket.rawValue, events: Int16(POLLIN), revents: 0)
                    // Whatever it says, then its end.
                    if poll(&polled, 1, milliseconds) > 0, try receive(4096).isEmpty { return }
                    try send([byte])
                }
            } catch {
                // Closed in between.
            }
        }
    }

    /// The next bytes, at most so many; none at the end.
    func read(_ limit: Int) async throws -> [UInt8] { try await waiting { [self] in try receive(limit) } }

    /// What the other side says until it closes; at most 60 seconds of silence.
    func readToEnd() async throws -> [UInt8] {
        try await waiting { [self] in
            var bytes: [UInt8] = []
            while true {
                do {
                    let part = try receive(256 << 10)
                    if part.isEmpty { return bytes }
                    bytes += part
                } catch let error as SystemCallError where error.errno == ECONNRESET {
                    return bytes
                }
            }
        }
    }

    private func receive(_ limit: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = try checked("recv") { recv(socket.rawValue, &buffer, buffer.count, 0) }
        return Array(buffer[..<count])
    }

    private func waiting<Success: Sendable>(_ work: @escaping @Sendable () throws -> Success) async throws -> Success {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try WorkThread { continuation.resume(with: Result { try work() }) }.detach()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
