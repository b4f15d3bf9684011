import CLinux
import Glibc
import LinuxKernel
import Synchronization

/// A server on the loopback that answers each request with whatever bytes a test wants: also those that no server sends.
public final class ScriptedRegistry: Sendable {
    /// What a client has asked.
    public struct Request: Sendable {
        /// `GET`, ….
        public var method: String
        /// With the query.
        public var path: String
        /// Names in lower case.
        public var headers: [String: String]
    }

    /// What is sent for a request.
    public enum Answer: Sendable {
        /// A well-formed answer.
        case reply(Int, [String: String] = [:], [UInt8] = [])
        /// These bytes, then the end of the connection.
        case raw([UInt8])
        /// These bytes over and over, until the client goes.
        case endless(head: [UInt8], [UInt8])
        /// These bytes, and then nothing, with the connection open.
        case silence(after: [UInt8])
        /// These bytes, then further ones singly, one in each such time, until the client goes.
        case dripping(head: [UInt8], UInt8, milliseconds: CInt)
        /// Of the request's body only so many bytes are taken; then nothing, with the connection open.
        case deaf(after: Int)
    }

    /// On 127.0.0.1.
    public let port: UInt16
    private let listener: SharedDescriptor
    private let answer: @Sendable (Request) -> Answer
    private let log = Mutex<[Request]>([])

    /// The requests so far.
    public var requests: [Request] { log.withLock { $0 } }
    /// `127.0.0.1:PORT`
    public var host: String { "127.0.0.1:\(port)" }

    /// Listens at a free port.
    public init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
        let socket = OwnedDescriptor(
            adopting: try checked("socket") {
                Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            })
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let number = socket.rawValue
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                try checked("bind") { bind(number, generic, length) }
                try checked("listen") { listen(number, 64) }
                try checked("getsockname") { getsockname(number, generic, &length) }
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        listener = SharedDescriptor(socket)
        self.answer = answer
        try WorkThread { [weak self, listener] in
            while true {
                // A child that inherited it would keep it open when this side has closed it.
                let connection = clinux_accept4(listener.rawValue, nil, nil, CInt(SOCK_CLOEXEC.rawValue))
                guard connection >= 0 else { return }
                guard let self else {
                    close(connection)
                    return
                }
                let server = self
                do {
                    try WorkThread { server.serve(OwnedDescriptor(adopting: connection)) }.detach()
                } catch {
                    close(connection)
                }
            }
        }.detach()
    }

    deinit { shutdown(listener.rawValue, CInt(SHUT_RDWR)) }

    private func serve(_ connection: consuming OwnedDescriptor) {
        let number = connection.rawValue
        guard let request = Self.read(number) else {
            Self.refuse(number)
            return
        }
        log.withLock { $0.append(request) }
        let answer = answer(request)
        let length = Int(request.headers["content-length"] ?? "0") ?? 0
        if case .deaf(let count) = answer {
            Self.skip(min(count, length), number)
            return Self.waitForEnd(number)
        }
        Self.skip(length, number)
        do {
            try send(answer, isHead: request.method == "HEAD", to: number)
        } catch {
            // The client has gone: that is what some tests wait for.
        }
    }

    private func send(_ answer: Answer, isHead: Bool, to number: CInt) throws(SystemCallError) {
        switch answer {
        case .reply(let status, let headers, let body):
            try Self.write(Self.head(status, headers, length: body.count) + (isHead ? [] : body), to: number)
        case .raw(let bytes): try Self.write(bytes, to: number)
        case .endless(let head, let part):
            try Self.write(head, to: number)
            while true { try Self.write(part, to: number) }
        case .silence(let bytes):
            try Self.write(bytes, to: number)
            Self.waitForEnd(number)
        case .dripping(let head, let byte, let milliseconds):
            try Self.write(head, to: number)
            while true {
                try Self.write([byte], to: number)
                // It is the time that is tested here.
                poll(nil, 0, milliseconds)
            }
        case .deaf: break
        }
    }

    /// Whoever does not want to read any more is no reason for a signal.
    private static func write(_ bytes: [UInt8], to number: CInt) throws(SystemCallError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            rest = rest.dropFirst(
                try checked("send") {
                    rest.withUnsafeBytes { Glibc.send(number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
                })
        }
    }

    /// Returns when the client has had enough.
    private static func waitForEnd(_ number: CInt) {
        // POLLRDHUP: it has closed, whatever of what it sent has not been read.
        var polled = pollfd(fd: number, events: 0x2000, revents: 0)
        while poll(&polled, 1, -1) < 0, errno == EINTR {}
    }

    /// A head with these fields; with a length unless one is given or there is none.
    public static func head(_ status: Int, _ headers: [String: String], length: Int?) -> [UInt8] {
        var text = "HTTP/1.1 \(status) Scripted\r\nConnection: close\r\n"
        if let length, headers["Content-Length"] == nil { text += "Content-Length: \(length)\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    /// What servers of plain HTTP say to a client that begins with TLS. The rest of what it sends is read: a connection
    /// with unread bytes is reset when it is closed, and the client would not see the answer.
    private static func refuse(_ number: CInt) {
        do {
            try write(head(400, [:], length: 0), to: number)
        } catch {
            return
        }
        shutdown(number, CInt(SHUT_WR))
        var buffer = [UInt8](repeating: 0, count: 4096)
        while Glibc.read(number, &buffer, buffer.count) > 0 {}
    }

    /// Reads and forgets so many bytes of a body, or as many as there are.
    private static func skip(_ count: Int, _ number: CInt) {
        var rest = count
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while rest > 0 {
            let count = Glibc.read(number, &buffer, min(rest, buffer.count))
            guard count > 0 else { break }
            rest -= count
        }
    }

    /// Reads a head; `nil` where it is none, or the client has gone.
    private static func read(_ number: CInt) -> Request? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard Glibc.read(number, &byte, 1) == 1, bytes.count < 64 << 10 else { return nil }
            bytes.append(byte)
            // The first byte of a TLS handshake.
            if bytes == [0x16] { return nil }
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return Request(method: String(words[0]), path: String(words[1]), headers: headers)
    }
}
