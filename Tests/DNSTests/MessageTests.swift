import Addresses
import Testing

@testable import DNS

@Suite("Messages of name servers")
struct MessageTests {
    static func query(
        _ name: String, type: UInt16 = RecordType.a, flags: UInt16 = 0x0100, additional: [UInt8] = []
    ) -> [UInt8] {
        let header: [UInt16] = [0x1234, flags, 1, 0, 0, additional.isEmpty ? 0 : 1]
        var message: [UInt8] = header.flatMap(bytes)
        for label in name.split(separator: ".") { message += [UInt8(label.utf8.count)] + Array(label.utf8) }
        message += [0] + bytes(type) + bytes(1)
        return message + additional
    }

    static func bytes(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }

    /// OPT with that size and version.
    static func extensions(_ size: UInt16, version: UInt8 = 0) -> [UInt8] {
        [0, 0, 41] + bytes(size) + [0, version, 0, 0, 0, 0]
    }

    private func read(_ bytes: [UInt8]) -> Query? {
        if case .query(let query) = Query.read(bytes) { query } else { nil }
    }

    @Test("a query is read with what its asker can take")
    func reading() throws {
        let query = try #require(read(Self.query("Web.Example", type: 28, additional: Self.extensions(1232))))
        #expect(query.name.key == "web.example")
        #expect(query.name.description == "Web.Example")
        #expect((query.identifier, query.type, query.recordClass) == (0x1234, 28, 1))
        #expect(query.datagramLimit == 1232)
        #expect(read(Self.query("a"))?.datagramLimit == 512)
        #expect(read(Self.query("a", additional: Self.extensions(65_535)))?.datagramLimit == 4096)
    }

    @Test("an answer is not taken for a query, and what can't be read gets an error with its identifier")
    func malformed() {
        #expect(Query.read(Self.query("a", flags: 0x8180)) == .ignored)
        #expect(Query.read([0x12, 0x34]) == .ignored)
        #expect(Query.read(Array(Self.query("a").dropLast())) == .malformed(identifier: 0x1234))
        #expect(Response.formatError(identifier: 0x1234) == [0x12, 0x34, 0x80, 0x81, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test(
        "pointers lead backwards only, so that none goes round for ever",
        arguments: [[0xC0, 12], [0xC0, 14], [1, 0x61, 0xC0, 12], [0xC0, 0xFF], [0xC0], [0x80, 1], [63, 1]])
    func pointers(name: [UInt8]) {
        let header: [UInt16] = [0x1234, 0x0100, 1, 0, 0, 0]
        let bytes: [UInt8] = header.flatMap(Self.bytes) + name + [0, 1, 0, 1]
        #expect(Query.read(bytes) == .malformed(identifier: 0x1234))
    }

    @Test("a pointer into the header is followed")
    func backwards() throws {
        // The identifier's first byte is the root's zero.
        let bytes: [UInt8] = [0, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 0xC0, 0, 0, 1, 0, 1]
        #expect(read(bytes)?.name.description == "a")
    }

    @Test("an answer that is too long for its datagram is cut between records, and says so")
    func truncation() throws {
        let query = try #require(read(Self.query("web")))
        let records = (0..<100).map { Response.Record.address(.v4(IPv4Address(10, 0, 0, $0))) }
        let short = Response(.noError, records: records).message(to: query, limit: 512)
        #expect(short.count <= 512)
        #expect(short[2] & 0x02 != 0)
        #expect(Int(short[6]) << 8 | Int(short[7]) == (512 - 21) / 16)
        let whole = Response(.noError, records: records).message(to: query, limit: 65_535)
        #expect(whole[2] & 0x02 == 0)
        #expect(whole.count == 21 + 100 * 16)
    }

    @Test("an answer repeats the question as it was written, and has an OPT record where the query has one")
    func answer() throws {
        let query = try #require(read(Self.query("WeB", additional: Self.extensions(1232))))
        let message = Response(.noError, records: [.address(.v4(IPv4Address(10, 0, 0, 2)))])
            .message(to: query, limit: 1232)
        var expected: [UInt8] = [0x12, 0x34, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 1, 3]
        expected += Array("WeB".utf8) + [0, 0, 1, 0, 1]
        expected += [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 2]
        expected += [0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0]
        #expect(message == expected)
        #expect(Query.sharesQuestion(message, Self.query("web")))
        #expect(!Query.sharesQuestion(message, Self.query("web", type: 28)))
    }

    @Test("no bytes whatever make the reader trap, and what it reads can be answered")
    func fuzz() {
        var generator = SystemRandomNumberGenerator()
        let seeds = [
            Self.query("web"), Self.query("a.b.c.example", type: 12, additional: Self.extensions(4096)),
            Self.query("x", additional: [0xC0, 12] + Self.extensions(1).dropFirst()),
        ]
        for round in 0..<20_000 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                switch Int.random(in: 0...3, using: &generator) {
                case 0 where !bytes.isEmpty: bytes.remove(at: Int.random(in: 0..<bytes.count, using: &generator))
                case 1:
                    let place = Int.random(in: 0...bytes.count, using: &generator)
                    bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                case 2 where !bytes.isEmpty:
                    let telling: [UInt8] = [0, 1, 0x3F, 0x40, 0xC0, 0xFF]
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
                        telling[Int.random(in: 0..<telling.count, using: &generator)]
                default: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator)))
                }
            }
            guard case .query(let query) = Query.read(bytes) else { continue }
            let answer = Response(.nameError).message(to: query, limit: query.datagramLimit)
            #expect(answer.count <= query.datagramLimit && answer.count >= 12)
            #expect(Query.read(answer) == .ignored)
        }
    }
}
