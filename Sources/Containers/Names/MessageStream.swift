import CLinux
import Glibc
import LinuxKernel

/// A TCP connection that carries messages of name servers, each with its length in two bytes before it (RFC 1035,
/// section 4.2.2).
final class MessageStream: Sendable {
    /// After which a silent connection is given up (RFC 7766, section 6.2.3, leaves the time open).
    private static let patience: Duration = .seconds(10)

    private let descriptor: SharedDescriptor
    private let loop: EventLoop

    init(_ descriptor: SharedDescriptor, on loop: EventLoop) {
        self.descriptor = descriptor
        self.loop = loop
    }

    /// The next message; `nil` at the end of the stream.
    func receive() async throws -> [UInt8]? {
        guard let length = try await read(2) else { return nil }
        return try await read(Int(length[0]) << 8 | Int(length[1]))
    }

    func send(_ message: [UInt8]) async throws {
        let whole = [UInt8(truncatingIfNeeded: message.count >> 8), UInt8(truncatingIfNeeded: message.count)] + message
        var rest = whole[...]
        let number = descriptor.rawValue
        while !rest.isEmpty {
            do {
                let count = try checked("send") {
                    rest.withUnsafeBytes { Glibc.send(number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
                }
                rest = rest.dropFirst(count)
            } catch {
                guard error.errno == EAGAIN else { throw error }
                try await loop.ready(number, for: .writable, timeout: Self.patience)
            }
        }
    }

    /// That many bytes; `nil` where the stream ends before.
    private func read(_ count: Int) async throws -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: max(count, 1))
        let number = descriptor.rawValue
        while bytes.count < count {
            do {
                let missing = count - bytes.count
                let taken = try checked("read") { Glibc.read(number, &buffer, missing) }
                if taken == 0 { return nil }
                bytes += buffer[0..<taken]
            } catch {
                guard error.errno == EAGAIN else { throw error }
                try await loop.ready(number, for: .readable, timeout: Self.patience)
            }
        }
        return bytes
    }
}
