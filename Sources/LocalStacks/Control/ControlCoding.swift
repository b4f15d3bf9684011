import CLinux
import FoundationEssentials
import Glibc
import LinuxKernel

/// How messages travel: JSON in a packet; what is too large for one as a file in memory that goes along.
enum ControlCoding {
    /// Bytes of a message, however it travels.
    static let maximumSize = 8 << 20
    /// What a packet says instead of a message whose content is in the last descriptor.
    private static let elsewhere: [UInt8] = [0]

    /// A message that is none, or is too large.
    struct Invalid: Error {}

    static func encode(_ message: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return Array(try encoder.encode(message))
    }

    static func decode<Message: Decodable>(_ bytes: [UInt8]) throws -> Message {
        try JSONDecoder().decode(Message.self, from: Data(bytes))
    }

    /// Sends one message; `EAGAIN` where the socket does not wait.
    static func send(_ bytes: [UInt8], descriptors: [CInt] = [], over socket: borrowing PacketSocket) throws {
        guard bytes.count <= maximumSize else { throw Invalid() }
        if bytes.count <= PacketSocket.maximumSize {
            return try socket.send(bytes, descriptors: descriptors)
        }
        let memory = OwnedDescriptor(
            adopting: try checked("memfd_create") { clinux_memfd_create("message", clinux_MFD_CLOEXEC) })
        try writeAll(bytes, to: memory.rawValue)
        let content = memory.rawValue
        try checked("lseek") { lseek(content, 0, SEEK_SET) }
        try socket.send(elsewhere, descriptors: descriptors + [content])
    }

    /// The next message; `nil` at the end.
    static func receive(
        over socket: borrowing PacketSocket, waits: Bool
    ) throws -> (bytes: [UInt8], descriptors: [SharedDescriptor])? {
        guard let message = try socket.receive(waits: waits) else { return nil }
        var descriptors = message.descriptors.map { SharedDescriptor(OwnedDescriptor(adopting: $0)) }
        guard message.bytes == elsewhere else { return (message.bytes, descriptors) }
        guard let content = descriptors.popLast() else { throw Invalid() }
        return (try contents(of: content.rawValue), descriptors)
    }

    /// What the other side has put into memory: a regular file, so that reading it can't wait, and not from where it
    /// has left its offset.
    private static func contents(of file: CInt) throws -> [UInt8] {
        var status = stat()
        try checked("fstat") { fstat(file, &status) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= maximumSize else { throw Invalid() }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = try checked("pread") { pread(file, &bytes, bytes.count, 0) }
        return Array(bytes.prefix(count))
    }
}
