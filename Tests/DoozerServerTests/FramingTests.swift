import DoozerProtocol
import DoozerServer
import Testing

@Suite("Messages over a connection")
struct FramingTests {
    @Test("may come in any pieces")
    func pieces() throws {
        try RunningServer.with { running in
            let client = try running.client()
            for byte in request(.set, "/a", value: [1, 2, 3], rev: 0).framed() { try client.send([byte]) }
            #expect(try client.receive().rev == 8)
            let two = request(.get, "/a", tag: 5).framed() + request(.rev, tag: 6).framed()
            try client.send(Array(two.prefix(two.count - 3)))
            #expect(try client.receive().tag == 5)
            try client.send(Array(two.suffix(3)))
            #expect(try client.receive().tag == 6)
        }
    }

    @Test("may be many before the first reply is read, and are answered in order")
    func pipelined() throws {
        try RunningServer.with { running in
            let client = try running.client()
            let count = 20_000 as Int32
            try client.send((0..<count).flatMap { request(.set, "/n", tag: $0, value: [1], rev: -1).framed() })
            for tag in 0..<count {
                let reply = try client.receive()
                try #require(reply.tag == tag && reply.rev == Int64(tag) + 8)
            }
        }
    }

    @Test("that are empty are requests without a verb")
    func empty() throws {
        try RunningServer.with { running in
            let client = try running.client()
            try client.send([0, 0, 0, 0])
            #expect(try client.receive().errCode == .unknownVerb)
        }
    }

    @Test(
        "that are no messages end their connection, with a line in the log, and no other",
        arguments: [
            ([0, 0, 0, 2, 0xff, 0xff], "malformed message of 2 bytes"),
            ([0, 0, 0, 4, 0x22, 0x02, 0x2f, 0xff], "malformed message of 4 bytes"),
            ([0, 0, 4, 1], "message of 1025 bytes, of at most 1024"),
            ([0xff, 0xff, 0xff, 0xff], "message of 4294967295 bytes, of at most 1024"),
        ] as [([UInt8], String)])
    func malformed(bytes: [UInt8], line: String) throws {
        try RunningServer.with({ $0.maximumMessage = 1024 }) { running in
            let bystander = try running.client()
            #expect(try bystander.ask(request(.rev)).rev == 7)
            let client = try running.client()
            // What came whole before is served.
            try client.send(request(.set, "/a", rev: 0).framed() + bytes)
            #expect(try client.receive().rev == 8)
            #expect(throws: RawClient.Ended.closed) { try client.receive() }
            #expect(try bystander.ask(request(.rev)).rev == 8)
            try running.waitForLoad(connections: 1)
            #expect(running.log.count == 1)
            #expect(running.log.first?.contains("\(line); connection closed") == true)
            #expect(running.log.first?.hasPrefix("127.0.0.1:") == true)
        }
    }

    @Test("may be as long as is allowed")
    func longest() throws {
        try RunningServer.with { running in
            let client = try running.client()
            let value = [UInt8](repeating: 7, count: 16 * 1024 * 1024 - 100)
            #expect(try client.ask(request(.set, "/big", value: value, rev: 0)).rev == 8)
            #expect(try Array(client.ask(request(.get, "/big")).value) == value)
        }
    }

    @Test("are answered to the last when the client says that it sends no more")
    func halfClosed() throws {
        try RunningServer.with { running in
            let client = try running.client()
            let big = [UInt8](repeating: 1, count: 1 << 20)
            #expect(try client.ask(request(.set, "/big", value: big, rev: 0)).rev == 8)
            try client.send((0..<20 as Range<Int32>).flatMap { request(.get, "/big", tag: $0).framed() })
            try client.send(request(.wait, "/never", tag: 99, rev: 9).framed())
            client.endInput()
            for tag in 0..<20 as Range<Int32> { #expect(try client.receive().tag == tag) }
            #expect(throws: RawClient.Ended.closed) { try client.receive() }
            try running.waitForLoad(connections: 0)
        }
    }
}
