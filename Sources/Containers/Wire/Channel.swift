import CLinux
import Glibc
import LinuxKernel

/// Sends and receives values over a packet socket; what is too large for a packet travels as a file in memory.
struct Channel: ~Copyable, Sendable {
    let socket: PacketSocket

    init(adopting descriptor: CInt) { socket = PacketSocket(adopting: OwnedDescriptor(adopting: descriptor)) }

    /// The first byte of a packet says where its content is.
    private enum Carriage: UInt8 {
        case inline = 0
        /// The last descriptor is a memfd with the content.
        case memory = 1
    }

    /// Sends a message; `waits` and errors are those of ``PacketSocket/send(_:descriptors:waits:)``.
    func send<Body: WireCodable & Sendable>(
        _ envelope: Envelope<Body>, descriptors: [CInt] = [], waits: Bool = true
    ) throws(SystemCallError) {
        var writer = WireWriter()
        writer.write(Carriage.inline.rawValue, envelope)
        if writer.bytes.count <= PacketSocket.maximumSize {
            return try socket.send(writer.bytes, descriptors: descriptors, waits: waits)
        }
        let memory = OwnedDescriptor(
            adopting: try checked("memfd_create") { clinux_memfd_create("message", /* MFD_CLOEXEC */ 1) })
        try writeAll(writer.bytes.dropFirst(), to: memory.rawValue)
        let content = memory.rawValue
        try checked("lseek") { lseek(content, 0, SEEK_SET) }
        try socket.send([Carriage.memory.rawValue], descriptors: descriptors + [memory.rawValue], waits: waits)
    }

    /// The next message; `nil` at the end of the stream.
    ///
    /// - Throws: ``SystemCallError`` (`EAGAIN` where there is none and the call must not wait); ``WireError``.
    func receive<Body: WireCodable & Sendable>(
        _ type: Body.Type, waits: Bool = true
    ) throws -> (envelope: Envelope<Body>, descriptors: [CInt])? {
        guard var message = try socket.receive(waits: waits) else { return nil }
        var bytes = message.bytes
        if bytes.first == Carriage.memory.rawValue, let content = message.descriptors.popLast() {
            let memory = OwnedDescriptor(adopting: content)
            bytes = [Carriage.memory.rawValue] + (try readAll(memory.rawValue, limit: 1 << 30))
        }
        var reader = WireReader(bytes)
        do {
            _ = try reader.read(UInt8.self)
            let envelope = try reader.read(Envelope<Body>.self)
            guard reader.isAtEnd else { throw WireError() }
            return (envelope, message.descriptors)
        } catch {
            for descriptor in message.descriptors { close(descriptor) }
            throw error
        }
    }
}
