import DoozerProtocol
import Glibc

/// A blocking connection to one server, for one request at a time.
final class Connection {
    /// The longest answer taken, in bytes: a value as long as any server sends, and its frame.
    private static let maximumMessage = 1 << 30

    /// The server, for messages.
    let server: String
    private let descriptor: CInt
    private var nextTag: Int32 = 1

    /// Connects to the first of the host's addresses that answers.
    ///
    /// - Throws: ``ClientError/unreachable(_:reason:)``.
    init(_ address: DoozerURI.Address) throws(ClientError) {
        server = address.description
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(address.host, "\(address.port)", &hints, &found)
        guard status == 0 else {
            throw .unreachable(server, reason: String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(found) }
        var reason = "it has no address"
        var candidate = found
        while let info = candidate?.pointee {
            switch Connection.connect(to: info) {
            case .success(let descriptor):
                self.descriptor = descriptor
                return
            case .failure(let failure):
                reason = failure.reason
            }
            candidate = info.ai_next
        }
        throw .unreachable(server, reason: reason)
    }

    deinit { close(descriptor) }

    /// Sends a request and waits for its answer.
    ///
    /// - Parameter deadline: When to give up.
    /// - Throws: ``ClientError``; after any but ``ClientError/refused(_:detail:subject:)`` the connection is of no use.
    func call(_ request: Doozer_Request, deadline: ContinuousClock.Instant?) throws(ClientError) -> Doozer_Response {
        var request = request
        request.tag = nextTag
        nextTag = nextTag == Int32.max ? 1 : nextTag + 1
        try send(request.framed())
        let response = try receive(deadline)
        guard response.tag == request.tag else {
            throw .protocolViolation(server, reason: "answer to tag \(response.tag) instead of \(request.tag)")
        }
        guard !response.hasErrCode else {
            throw .refused(response.errCode, detail: response.errDetail, subject: request.path)
        }
        return response
    }

    private func receive(_ deadline: ContinuousClock.Instant?) throws(ClientError) -> Doozer_Response {
        let header = try receive(Frame.headerLength, deadline).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let length = try checked { () throws(FrameError) in
            try Frame.messageLength(header: header, limit: Connection.maximumMessage)
        }
        let bytes = try receive(length, deadline)
        return try checked { () throws(FrameError) in try Doozer_Response(frame: bytes) }
    }

    private func checked<Value>(_ body: () throws(FrameError) -> Value) throws(ClientError) -> Value {
        do {
            return try body()
        } catch {
            throw .protocolViolation(server, reason: "\(error)")
        }
    }

    private func send(_ bytes: [UInt8]) throws(ClientError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count < 0 {
                let code = errno
                guard code == EINTR else { throw .connectionLost(server, reason: reasonText(code)) }
            } else {
                sent += count
            }
        }
    }

    private func receive(_ count: Int, _ deadline: ContinuousClock.Instant?) throws(ClientError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            try waitForInput(until: deadline)
            let length = bytes[received...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if length < 0 {
                let code = errno
                guard code == EINTR else { throw .connectionLost(server, reason: reasonText(code)) }
            } else if length == 0 {
                throw .connectionLost(server, reason: "the server closed it")
            } else {
                received += length
            }
        }
        return bytes
    }

    private func waitForInput(until deadline: ContinuousClock.Instant?) throws(ClientError) {
        guard let deadline else { return }
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw .timedOut }
            var entry = pollfd(descriptor: descriptor)
            // Rounded up, so that the last poll does not spin through the rest of a millisecond.
            let ready = poll(&entry, 1, CInt(min(left / .milliseconds(1), 1e9)) + 1)
            if ready > 0 { return }
            let code = errno
            guard ready == 0 || code == EINTR else { throw .connectionLost(server, reason: reasonText(code)) }
        }
    }

    private struct ConnectFailure: Error {
        var reason: String
    }

    private static func connect(to info: addrinfo) -> Result<CInt, ConnectFailure> {
        let descriptor = socket(info.ai_family, info.ai_socktype | CInt(SOCK_CLOEXEC.rawValue), info.ai_protocol)
        guard descriptor >= 0 else { return .failure(ConnectFailure(reason: reasonText(errno))) }
        guard Glibc.connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 else {
            let code = errno
            close(descriptor)
            return .failure(ConnectFailure(reason: reasonText(code)))
        }
        var on: CInt = 1
        // Without it a request may wait for the acknowledgement of the one before; it works all the same.
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        return .success(descriptor)
    }
}

private func reasonText(_ code: CInt) -> String {
    String(cString: strerror(code))
}

extension pollfd {
    fileprivate init(descriptor: CInt) {
        self.init(fd: descriptor, events: Int16(POLLIN), revents: 0)
    }
}
