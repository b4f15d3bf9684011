import DoozerProtocol
import FoundationEssentials
import Glibc

/// A plain connection that sends what it is told and reads replies: no client, so that what is measured is the server.
final class Peer {
    /// The connection failed or the server answered what it should not.
    struct Failure: Error {
        var message: String
    }

    let socket: CInt
    private var received: [UInt8] = []
    private var position = 0

    init(port: UInt16) throws {
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Failure(message: "socket: \(String(cString: strerror(errno)))") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(message: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit { close(socket) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(message: "send: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    /// The next reply, which must not be an error.
    func receive() throws -> Doozer_Response {
        while true {
            if let reply = try nextReply() {
                guard !reply.hasErrCode else { throw Failure(message: "refused: \(reply.errCode)") }
                return reply
            }
            received.removeFirst(position)
            position = 0
            let count = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) {
                let count = recv(socket, $0.baseAddress, $0.count, 0)
                received += $0.prefix(max(count, 0))
                return count
            }
            guard count > 0 else { throw Failure(message: "the server closed the connection") }
        }
    }

    private func nextReply() throws -> Doozer_Response? {
        guard received.count - position >= Frame.headerLength else { return nil }
        let header = received[position..<position + Frame.headerLength].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let end = position + Frame.headerLength + Int(header)
        guard received.count >= end else { return nil }
        defer { position = end }
        return try Doozer_Response(frame: Array(received[position + Frame.headerLength..<end]))
    }
}

/// A request in few words.
func request(
    _ verb: Doozer_Request.Verb, tag: Int32, path: String = "", value: [UInt8] = [], rev: Int64? = nil
) -> [UInt8] {
    var request = Doozer_Request()
    request.tag = tag
    request.verb = verb
    if !path.isEmpty { request.path = path }
    if !value.isEmpty { request.value = .init(value) }
    if let rev { request.rev = rev }
    return request.framed()
}
