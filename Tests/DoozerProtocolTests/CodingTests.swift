import DoozerProtocol
import FoundationEssentials
import SeededRandom
import Testing

@Suite("Messages on the wire")
struct CodingTests {
    @Test("a SET is the bytes that the protocol's other implementations send")
    func set() throws {
        let bytes: [UInt8] = [
            0, 0, 0, 22,  // length
            0x08, 0x07,  // tag = 7
            0x10, 0x02,  // verb = SET
            0x22, 0x02, 0x2f, 0x61,  // path = "/a"
            0x2a, 0x01, 0x78,  // value = "x"
            0x48, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,  // rev = -1
        ]
        let request = try Doozer_Request(frame: Array(bytes.dropFirst(4)))
        #expect(request.tag == 7 && request.verb == .set && request.path == "/a" && request.rev == -1)
        #expect(Array(request.value) == [UInt8(ascii: "x")])
        #expect(request.framed() == bytes)
    }

    @Test("an error has its code in field 100 and its detail in field 101")
    func error() throws {
        let bytes: [UInt8] = [
            0, 0, 0, 9,  // length
            0x08, 0x00,  // tag = 0, sent although it is the default
            0xa0, 0x06, 0x7f,  // err_code = OTHER
            0xaa, 0x06, 0x01, 0x6e,  // err_detail = "n"
        ]
        let response = try Doozer_Response(frame: Array(bytes.dropFirst(4)))
        #expect(response.hasTag && response.tag == 0 && response.errCode == .other && response.errDetail == "n")
        #expect(response.framed() == bytes)
    }

    @Test("a verb that is not known is no verb, and not an error")
    func unknownVerb() throws {
        let request = try Doozer_Request(frame: [0x08, 0x01, 0x10, 0x37])
        #expect(!request.hasVerb && request.tag == 1)
    }

    @Test(
        "what is no message is said to be malformed",
        arguments: [
            [0xff], [0x08], [0x22, 0x05, 0x2f], [0x22, 0x02, 0x2f, 0xff], [0x07], [0x0b, 0x0c, 0x14],
            [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            Array(repeating: 0x0b, count: 10_000),
        ] as [[UInt8]])
    func malformed(bytes: [UInt8]) {
        #expect(throws: FrameError.malformed(length: bytes.count)) { try Doozer_Request(frame: bytes) }
    }

    @Test("a header announces at most what is allowed")
    func header() throws {
        #expect(try Frame.messageLength(header: 16, limit: 16) == 16)
        #expect(throws: FrameError.tooLong(length: 17, limit: 16)) { try Frame.messageLength(header: 17, limit: 16) }
        #expect(throws: FrameError.tooLong(length: 4_294_967_295, limit: 16)) {
            try Frame.messageLength(header: UInt32.max, limit: 16)
        }
        #expect(Frame.header(length: 0x0102_0304) == [1, 2, 3, 4])
    }

    @Test("200,000 damaged requests are read or refused, and what is read is sent and read again the same")
    func fuzz() throws {
        var generator = SplitMix(seed: 42)
        var request = Doozer_Request()
        request.tag = 1
        request.verb = .walk
        request.path = "/a/*/b**"
        request.value = .init([0, 1, 2, 255])
        request.offset = 3
        request.rev = 1 << 40
        let sound = Array(request.framed().dropFirst(4))
        var refused = 0
        for _ in 0..<200_000 {
            var bytes = sound
            for _ in 0...Int.random(in: 0...3, using: &generator) { damage(&bytes, &generator) }
            do throws(FrameError) {
                let read = try Doozer_Request(frame: bytes)
                let again = try Doozer_Request(frame: Array(read.framed().dropFirst(4)))
                #expect(again == read)
                _ = Glob(read.path)
                _ = DoozerPath(read.path)
            } catch {
                refused += 1
                #expect(error == .malformed(length: bytes.count))
            }
        }
        #expect(refused > 10_000 && refused < 190_000)
    }

    private func damage(_ bytes: inout [UInt8], _ generator: inout SplitMix) {
        let position = bytes.isEmpty ? 0 : Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0 where !bytes.isEmpty: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 1 where !bytes.isEmpty: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.removeSubrange(position...)
        default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: position)
        }
    }
}
