import Glibc
import LinuxKernel
import Testing

@Suite("Packet sockets")
struct PacketSocketTests {
    private struct Pair: ~Copyable {
        let first: PacketSocket
        let second: PacketSocket

        init() throws {
            let (first, second) = try PacketSocket.pair()
            self.first = PacketSocket(adopting: OwnedDescriptor(adopting: first))
            self.second = PacketSocket(adopting: OwnedDescriptor(adopting: second))
        }
    }

    @Test("messages keep their borders and their order", arguments: [1, 2, 4096, PacketSocket.maximumSize])
    func borders(size: Int) throws {
        let pair = try Pair()
        let message = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        try pair.first.send(message)
        try pair.first.send([42])
        #expect(try pair.second.receive()?.bytes == message)
        #expect(try pair.second.receive()?.bytes == [42])
    }

    @Test("descriptors travel along and are closed on execve", arguments: [1, 3, PacketSocket.maximumDescriptors])
    func descriptors(count: Int) throws {
        let pair = try Pair()
        let pipe = try OwnedDescriptor.pipe()
        try pair.first.send([1], descriptors: Array(repeating: pipe.writer.rawValue, count: count))
        let received = try #require(try pair.second.receive()).descriptors
        defer { for descriptor in received { close(descriptor) } }
        #expect(received.count == count)
        for descriptor in received { #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0) }
        try writeAll([9], to: try #require(received.last))
        var byte: UInt8 = 0
        #expect(read(pipe.reader.rawValue, &byte, 1) == 1)
        #expect(byte == 9)
    }

    @Test("the end of the stream is seen when the other side has closed")
    func end() throws {
        let (first, second) = try PacketSocket.pair()
        close(first)
        let socket = PacketSocket(adopting: OwnedDescriptor(adopting: second))
        #expect(try socket.receive() == nil)
        #expect(throws: SystemCallError.self) { try socket.send([1]) }
    }

    @Test("receiving need not wait")
    func noWait() throws {
        let pair = try Pair()
        #expect(throws: SystemCallError(call: "recvmsg", errno: EAGAIN, subject: "")) {
            try pair.first.receive(waits: false)
        }
    }
}
