import Addresses
import CLinux
import DNS
import Glibc
import LinuxKernel
import Synchronization

/// Passes queries on to name servers of the outside and their answers back.
///
/// Each query goes out from a socket of its own, under a random identifier, and only an answer with both from the
/// server that was asked counts: nobody else can slip one in (RFC 5452).
final class NameForwarder: Sendable {
    /// How long one server is waited for, and how often each is asked, as resolv.conf(5) has them by default but
    /// quicker: whoever asks here has time-outs of its own, of 5 seconds for the most part.
    private static let patience: Duration = .seconds(2)
    private static let rounds = 2
    /// Queries on their way at one time; what is beyond them fails at once.
    private static let maximum = 256
    private static let port: UInt16 = 53

    private let sandbox: ContainerSandbox
    private let loop: EventLoop
    private let underway = Mutex(0)

    init(sandbox: ContainerSandbox, on loop: EventLoop) {
        self.sandbox = sandbox
        self.loop = loop
    }

    /// Asks the servers in turn; the answer to give, which says that none of them had one where that is so.
    func forward(_ bytes: [UInt8], _ query: Query, to servers: [NameServer.Upstream], overStream: Bool) async -> [UInt8]
    {
        let failure = Response(.serverFailure).message(to: query, limit: 512)
        let isAdmitted = underway.withLock { count in
            guard count < Self.maximum else { return false }
            count += 1
            return true
        }
        guard isAdmitted else { return failure }
        defer { underway.withLock { $0 -= 1 } }
        for _ in 0..<Self.rounds {
            for server in servers {
                do {
                    return try await ask(server, bytes, query, overStream: overStream)
                } catch {
                    // The next one may know: all that is left to tell of this one is that it did not answer.
                    continue
                }
            }
        }
        return failure
    }

    private func ask(
        _ server: NameServer.Upstream, _ bytes: [UInt8], _ query: Query, overStream: Bool
    ) async throws -> [UInt8] {
        var question = bytes
        let identifier = UInt16.random(in: 0...UInt16.max)
        question[0] = UInt8(identifier >> 8)
        question[1] = UInt8(identifier & 0xFF)
        let socket = try await connect(to: server, type: overStream ? SOCK_STREAM : SOCK_DGRAM)
        var answer: [UInt8]
        if overStream {
            let stream = MessageStream(socket, on: loop)
            try await stream.send(question)
            guard let received = try await stream.receive(), Self.answers(received, question) else {
                throw SystemCallError(call: "recv", errno: EPROTO, subject: "\(server.address)")
            }
            answer = received
        } else {
            answer = try await exchange(question, socket.rawValue)
        }
        answer[0] = UInt8(query.identifier >> 8)
        answer[1] = UInt8(query.identifier & 0xFF)
        return answer
    }

    private func exchange(_ question: [UInt8], _ socket: CInt) async throws -> [UInt8] {
        try checked("send") { send(socket, question, question.count, CInt(MSG_NOSIGNAL)) }
        let deadline = ContinuousClock.now + Self.patience
        while true {
            try await loop.ready(socket, for: .readable, timeout: deadline - .now)
            var buffer = [UInt8](repeating: 0, count: 65_535)
            let count = try checked("recv") { recv(socket, &buffer, buffer.count, 0) }
            let answer = Array(buffer[0..<count])
            if Self.answers(answer, question) { return answer }
        }
    }

    /// Whether a message is an answer with the identifier and the question of another one.
    private static func answers(_ answer: [UInt8], _ question: [UInt8]) -> Bool {
        guard answer.count >= 12, answer[0] == question[0], answer[1] == question[1], answer[2] & 0x80 != 0 else {
            return false
        }
        // A server that fails may leave the question out.
        if answer[4] == 0, answer[5] == 0 { return true }
        return Query.sharesQuestion(answer, question)
    }

    private func connect(to server: NameServer.Upstream, type: __socket_type) async throws -> SharedDescriptor {
        let socket =
            server.isInside
            ? SharedDescriptor(try await sandbox.socket(type: CInt(type.rawValue)))
            : SharedDescriptor(try HostSocket.make(type: type, for: server.address))
        try await HostSocket.connect(
            socket.rawValue, to: server.address, port: Self.port, timeout: Self.patience, on: loop)
        return socket
    }
}
