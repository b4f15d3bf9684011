/// Codes of RFC 1035 and its successors, as numbers on the wire.
public enum RecordType {
    /// An IPv4 address.
    public static let a: UInt16 = 1
    /// Another name, which an address stands for.
    public static let ptr: UInt16 = 12
    /// An IPv6 address.
    public static let aaaa: UInt16 = 28
    static let opt: UInt16 = 41
    static let any: UInt16 = 255
}

/// How a query ends (RFC 1035, section 4.1.1; RFC 6891, section 9).
public enum ResponseCode: UInt16, Sendable {
    case noError = 0
    case formatError = 1
    case serverFailure = 2
    case nameError = 3
    case notImplemented = 4
    case refused = 5
    case badVersion = 16
}

/// A query: one question, and what the asker can take.
public struct Query: Hashable, Sendable {
    /// Ties the answer to it.
    public var identifier: UInt16
    /// 0: a standard query.
    public var operation: UInt8
    /// The asker wants others to be asked.
    public var wantsRecursion: Bool
    /// What is asked for.
    public var name: DomainName
    /// See ``RecordType``.
    public var type: UInt16
    /// 1: the Internet.
    public var recordClass: UInt16
    /// What the asker says by EDNS (RFC 6891); `nil`: nothing.
    public var extensions: Extensions?

    /// The contents of an OPT record that matter here.
    public struct Extensions: Hashable, Sendable {
        /// The largest datagram that the asker takes, in bytes.
        public var payloadSize: UInt16
        /// 0 is the only one there is.
        public var version: UInt8
    }

    /// What a datagram holds.
    public enum Reading: Hashable, Sendable {
        case query(Query)
        /// It can't be understood, but answered.
        case malformed(identifier: UInt16)
        /// Not worth an answer: too short, or an answer itself.
        case ignored
    }

    /// Reads a message; never traps, whatever it holds.
    public static func read(_ bytes: [UInt8]) -> Reading {
        var reader = MessageReader(bytes)
        guard let identifier = reader.number(), let flags = reader.number(), let questions = reader.number(),
            let answers = reader.number(), let authorities = reader.number(), let additional = reader.number(),
            flags & 0x8000 == 0
        else { return .ignored }
        guard questions == 1, answers == 0, authorities == 0, let name = reader.name(), let type = reader.number(),
            let recordClass = reader.number()
        else { return .malformed(identifier: identifier) }
        var query = Query(
            identifier: identifier, operation: UInt8(flags >> 11 & 0xF), wantsRecursion: flags & 0x0100 != 0,
            name: name, type: type, recordClass: recordClass)
        for _ in 0..<additional {
            guard let record = reader.record() else { return .malformed(identifier: identifier) }
            guard record.type == RecordType.opt else { continue }
            guard query.extensions == nil else { return .malformed(identifier: identifier) }
            query.extensions = Extensions(
                payloadSize: record.recordClass, version: UInt8(truncatingIfNeeded: record.timeToLive >> 16))
        }
        return .query(query)
    }

    /// Whether two messages have one and the same first question.
    public static func sharesQuestion(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        var readers = [MessageReader(first), MessageReader(second)]
        var found: [(name: DomainName, type: UInt16, recordClass: UInt16)] = []
        for index in readers.indices {
            for _ in 0..<6 where readers[index].number() == nil { return false }
            guard let name = readers[index].name(), let type = readers[index].number(),
                let recordClass = readers[index].number()
            else { return false }
            found.append((name, type, recordClass))
        }
        return found[0] == found[1]
    }

    /// The largest datagram that may be sent back: 512 bytes unless the asker says more, and never over 4096, which
    /// is more than fits into the frames of a network anyway.
    public var datagramLimit: Int { extensions.map { min(max(Int($0.payloadSize), 512), 4096) } ?? 512 }
}

/// Takes the parts of a message off its bytes.
struct MessageReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func number() -> UInt16? {
        guard bytes.count - offset >= 2 else { return nil }
        defer { offset += 2 }
        return UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }

    /// A name, pointers followed. They may lead only backwards, so that every chain of them ends.
    mutating func name() -> DomainName? {
        var labels: [[UInt8]] = []
        var position = offset
        var limit = offset
        var size = 1
        var hasJumped = false
        while position < bytes.count {
            let length = Int(bytes[position])
            switch length & 0xC0 {
            case 0x00:
                guard length > 0 else {
                    if !hasJumped { offset = position + 1 }
                    return DomainName(labels: labels)
                }
                size += length + 1
                guard position + 1 + length <= bytes.count, size <= 255 else { return nil }
                labels.append(Array(bytes[position + 1..<position + 1 + length]))
                position += length + 1
            case 0xC0:
                guard position + 1 < bytes.count else { return nil }
                let target = (length & 0x3F) << 8 | Int(bytes[position + 1])
                guard target < limit else { return nil }
                if !hasJumped { offset = position + 2 }
                hasJumped = true
                limit = target
                position = target
            default: return nil
            }
        }
        return nil
    }

    /// A record without its data.
    mutating func record() -> (type: UInt16, recordClass: UInt16, timeToLive: UInt32)? {
        guard name() != nil, let type = number(), let recordClass = number(), let high = number(), let low = number(),
            let length = number(), bytes.count - offset >= Int(length)
        else { return nil }
        offset += Int(length)
        return (type, recordClass, UInt32(high) << 16 | UInt32(low))
    }
}
