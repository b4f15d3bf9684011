import DoozerProtocol
import FoundationEssentials
import Glibc
import Testing

/// A socket that sends any bytes, whole messages or not, and reads replies.
///
/// It waits for a reply at most ten seconds.
final class RawClient {
    /// The server closed the connection, or did not answer in time.
    enum Ended: Error, Equatable {
        case closed
        case silent
    }

    private let socket: CInt
    private var received: [UInt8] = []

    init(_ address: String) throws {
        let port = try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0, "connect: \(errno)")
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Ended.closed }
            sent += count
        }
    }

    /// Sends as much as the server's and the kernel's buffers take.
    ///
    /// - Returns: How many bytes that was.
    func sendUntilFull(_ bytes: [UInt8]) -> Int {
        var sent = 0
        while true {
            let count = Glibc.send(socket, bytes, bytes.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
            if count > 0 {
                sent += count
                continue
            }
            var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
            if poll(&entry, 1, 500) == 0 { return sent }
        }
    }

    func ask(_ request: Doozer_Request) throws -> Doozer_Response {
        try send(request.framed())
        return try receive()
    }

    func receive() throws -> Doozer_Response {
        let header = try take(Frame.headerLength).reduce(0) { $0 << 8 | Int($1) }
        return try Doozer_Response(frame: try take(header))
    }

    /// Says that no more will be sent.
    func endInput() {
        shutdown(socket, CInt(SHUT_WR))
    }

    /// Ends the connection with a reset instead of an end.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        shutdown(socket, CInt(SHUT_RDWR))
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while received.count < count {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let length = recv(socket, &chunk, chunk.count, 0)
            if length < 0, errno == EAGAIN { throw Ended.silent }
            guard length > 0 else { throw Ended.closed }
            received += chunk[..<length]
        }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }
}

/// A request in few words.
func request(
    _ verb: Doozer_Request.Verb, _ path: String? = nil, tag: Int32 = 1, value: [UInt8]? = nil, rev: Int64? = nil
) -> Doozer_Request {
    var request = Doozer_Request()
    request.tag = tag
    request.verb = verb
    if let path { request.path = path }
    if let value { request.value = .init(value) }
    if let rev { request.rev = rev }
    return request
}
