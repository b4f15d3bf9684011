/// A JSON text (RFC 8259) taken apart.
///
/// Documents are written by JSONEncoder but read by this: the first use of JSONDecoder in a process costs more than
/// everything else that finding an image does, most of it in looking up types at run time (measured: 1.5 ms against
/// 0.1 ms).
enum JSONValue: Hashable {
    case null
    case boolean(Bool)
    /// A whole number of 64 bits.
    case integer(Int64)
    /// Any other number, as it is written: no document of the specification has one.
    case number([UInt8])
    case string(String)
    case array([JSONValue])
    /// Of a name that occurs twice, the last value.
    case object([String: JSONValue])

    /// Reads a text of one value.
    init(_ text: [UInt8]) throws(JSONError) {
        var parser = JSONParser(text)
        self = try parser.parseDocument()
    }
}

/// A text that is not JSON.
struct JSONError: Error, Hashable {
    /// The offset of the byte that does not fit.
    var offset: Int
}

/// Reads JSON strictly: no comments, no trailing commas, UTF-8 only, at most 128 levels.
struct JSONParser {
    private let text: [UInt8]
    private var offset = 0

    static let depthLimit = 128

    init(_ text: [UInt8]) { self.text = text }

    mutating func parseDocument() throws(JSONError) -> JSONValue {
        let value = try parseValue(depth: 0)
        skipSpace()
        guard offset == text.count else { throw failure }
        return value
    }

    private var failure: JSONError { JSONError(offset: offset) }
    private var next: UInt8? { offset < text.count ? text[offset] : nil }

    private mutating func parseValue(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.depthLimit else { throw failure }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try parseObject(depth: depth))
        case UInt8(ascii: "["): return .array(try parseArray(depth: depth))
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .boolean(true))
        case UInt8(ascii: "f"): return try parseWord("false", .boolean(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        default: return try parseNumber()
        }
    }

    private mutating func parseObject(depth: Int) throws(JSONError) -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        offset += 1
        if take(UInt8(ascii: "}")) { return members }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failure }
            let name = try parseString()
            guard take(UInt8(ascii: ":")) else { throw failure }
            members[name] = try parseValue(depth: depth + 1)
            if take(UInt8(ascii: "}")) { return members }
            guard take(UInt8(ascii: ",")) else { throw failure }
        }
    }

    private mutating func parseArray(depth: Int) throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        offset += 1
        if take(UInt8(ascii: "]")) { return elements }
        while true {
            elements.append(try parseValue(depth: depth + 1))
            if take(UInt8(ascii: "]")) { return elements }
            guard take(UInt8(ascii: ",")) else { throw failure }
        }
    }

    private mutating func parseString() throws(JSONError) -> String {
        offset += 1
        var bytes: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: bytes, as: UTF8.self) else { throw failure }
                offset += 1
                return string
            case UInt8(ascii: "\\"): bytes.append(contentsOf: try parseEscape())
            case ..<0x20: throw failure
            default:
                bytes.append(byte)
                offset += 1
            }
        }
        throw failure
    }

    private mutating func parseEscape() throws(JSONError) -> [UInt8] {
        offset += 1
        guard let byte = next else { throw failure }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try parseCodePoint()
        default: throw failure
        }
    }

    /// What follows `\u`: a code point, or two halves of a surrogate pair.
    private mutating func parseCodePoint() throws(JSONError) -> [UInt8] {
        var value = try parseHexadecimal()
        if (0xd800..<0xdc00).contains(value) {
            guard next == UInt8(ascii: "\\") else { throw failure }
            offset += 1
            guard next == UInt8(ascii: "u") else { throw failure }
            offset += 1
            let low = try parseHexadecimal()
            guard (0xdc00..<0xe000).contains(low) else { throw failure }
            value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw failure }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func parseHexadecimal() throws(JSONError) -> UInt32 {
        guard text.count - offset >= 4 else { throw failure }
        var value: UInt32 = 0
        for byte in text[offset..<offset + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw failure }
            value = value << 4 | UInt32(digit)
        }
        offset += 4
        return value
    }

    private mutating func parseNumber() throws(JSONError) -> JSONValue {
        let start = offset
        if next == UInt8(ascii: "-") { offset += 1 }
        let leadingZero = next == UInt8(ascii: "0")
        let digits = try parseDigits()
        guard !leadingZero || digits == 1 else { throw failure }
        var isWhole = true
        if next == UInt8(ascii: ".") {
            offset += 1
            _ = try parseDigits()
            isWhole = false
        }
        if next.map({ $0 | 0x20 }) == UInt8(ascii: "e") {
            offset += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
            _ = try parseDigits()
            isWhole = false
        }
        let digitsText = text[start..<offset]
        if isWhole, let value = Int64(String(decoding: digitsText, as: UTF8.self)) { return .integer(value) }
        return .number(Array(digitsText))
    }

    private mutating func parseDigits() throws(JSONError) -> Int {
        let start = offset
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        guard offset > start else { throw failure }
        return offset - start
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let matches = word.withUTF8Buffer { text[offset...].starts(with: $0) }
        guard matches else { throw failure }
        offset += word.utf8CodeUnitCount
        return value
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard next == byte else { return false }
        offset += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { offset += 1 }
    }
}
