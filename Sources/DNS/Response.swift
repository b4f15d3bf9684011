import Addresses

/// An answer to a query.
public struct Response: Hashable, Sendable {
    /// What a record says.
    public enum Record: Hashable, Sendable {
        case address(IPAddress)
        case pointer(DomainName)
    }

    /// How the query ended.
    public var code: ResponseCode
    /// All of them are about the query's name.
    public var records: [Record]

    /// An answer with these records.
    public init(_ code: ResponseCode, records: [Record] = []) {
        self.code = code
        self.records = records
    }

    /// Seconds that an answer may be kept: addresses are given out once, but replicas come and go.
    static let timeToLive: UInt32 = 5

    /// The message in at most `limit` bytes (512...65535); what does not fit is left out, and the message says so.
    public func message(to query: Query, limit: Int) -> [UInt8] {
        let records = records.map { Self.encoded($0) }
        let tail = query.extensions == nil ? [] : Self.extensions(code)
        let question = Self.question(of: query)
        var room = limit - 12 - question.count - tail.count
        let fitting = records.prefix { record in
            room -= record.count
            return room >= 0
        }
        let isCut = fitting.count < records.count
        // Response, its operation, authoritative, truncated, recursion as wanted, recursion available.
        var flags: UInt16 = 0x8480 | UInt16(query.operation) << 11 | (code.rawValue & 0xF)
        if isCut { flags |= 0x0200 }
        if query.wantsRecursion { flags |= 0x0100 }
        let counts = [query.identifier, flags, 1, UInt16(fitting.count), 0, tail.isEmpty ? 0 : 1]
        return counts.flatMap(Self.bytes) + question + fitting.joined() + tail
    }

    /// The answer to what could not be read.
    public static func formatError(identifier: UInt16) -> [UInt8] {
        [identifier, 0x8080 | ResponseCode.formatError.rawValue, 0, 0, 0, 0].flatMap(bytes)
    }

    private static func question(of query: Query) -> [UInt8] {
        encoded(query.name) + bytes(query.type) + bytes(query.recordClass)
    }

    private static func encoded(_ name: DomainName) -> [UInt8] {
        name.labels.flatMap { [UInt8($0.count)] + $0 } + [0]
    }

    private static func encoded(_ record: Record) -> [UInt8] {
        let type: UInt16
        let data: [UInt8]
        switch record {
        case .address(.v4(let address)): (type, data) = (RecordType.a, address.octets)
        case .address(.v6(let address)): (type, data) = (RecordType.aaaa, address.octets)
        case .pointer(let name): (type, data) = (RecordType.ptr, encoded(name))
        }
        // The name is the question's, which is always at offset 12.
        return [0xC0, 12] + bytes(type) + bytes(1) + bytes(UInt16(timeToLive >> 16))
            + bytes(UInt16(truncatingIfNeeded: timeToLive)) + bytes(UInt16(data.count)) + data
    }

    /// An OPT record: root, type, 4096 bytes, the high bits of the code, version 0, no flags, no data.
    private static func extensions(_ code: ResponseCode) -> [UInt8] {
        [0] + bytes(RecordType.opt) + bytes(4096) + [UInt8(code.rawValue >> 4), 0, 0, 0, 0, 0]
    }

    private static func bytes(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }
}
