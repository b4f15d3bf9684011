/// What must hold of a text before libyaml sees it, since libyaml does not say on which line such a mistake is.
enum TextCheck {
    /// More `%TAG` lines than anyone has; libyaml compares each with all before it.
    static let directiveLimit = 64

    /// The first byte that no YAML text may have, or `nil`.
    static func firstError(in bytes: UnsafeBufferPointer<UInt8>, file: String, limits: Limits) -> ParseError? {
        let start = SourcePosition(file: file, line: 1, column: 1)
        if bytes.count > limits.bytes { return ParseError(.tooLarge(limit: limits.bytes), at: start) }
        if bytes.count >= 2, (bytes[0], bytes[1]) == (0xFF, 0xFE) || (bytes[0], bytes[1]) == (0xFE, 0xFF) {
            return ParseError(.utf16, at: start)
        }
        var offset = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x0D || byte == 0x09 {
                offset += 1
                continue
            }
            guard let (scalar, length) = decode(bytes, at: offset) else {
                return ParseError(.notUTF8, at: position(of: offset, in: bytes, file: file))
            }
            guard isPrintable(scalar) else {
                return ParseError(.controlCharacter(scalar), at: position(of: offset, in: bytes, file: file))
            }
            offset += length
        }
        return directives(bytes, file: file)
    }

    /// Only the last lines before a document can be directives, but counting them all is cheap and enough.
    private static func directives(_ bytes: UnsafeBufferPointer<UInt8>, file: String) -> ParseError? {
        var count = 0
        var atLineStart = true
        for offset in bytes.indices {
            let byte = bytes[offset]
            if atLineStart, byte == UInt8(ascii: "%") {
                count += 1
                if count > directiveLimit {
                    let place = position(of: offset, in: bytes, file: file)
                    return ParseError(.tooManyDirectives(limit: directiveLimit), at: place)
                }
            }
            atLineStart = byte == 0x0A || byte == 0x0D
        }
        return nil
    }

    /// The scalar that starts at `offset` and its length in bytes; `nil` where there is no valid one.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> (UInt32, Int)? {
        let first = bytes[offset]
        let length: Int
        switch first {
        case 0..<0x80: return (UInt32(first), 1)
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return nil
        }
        guard offset + length <= bytes.count else { return nil }
        var value = UInt32(first) & (0x7F >> UInt32(length))
        for next in bytes[(offset + 1)..<(offset + length)] {
            guard next & 0xC0 == 0x80 else { return nil }
            value = value << 6 | UInt32(next & 0x3F)
        }
        let smallest: [UInt32] = [0, 0, 0x80, 0x800, 0x10000]
        guard value >= smallest[length], value <= 0x10FFFF, !(0xD800...0xDFFF).contains(value) else { return nil }
        return (value, length)
    }

    /// The characters of production `c-printable`, and the byte order mark.
    private static func isPrintable(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    /// Line and column of a byte.
    static func position(of offset: Int, in bytes: UnsafeBufferPointer<UInt8>, file: String) -> SourcePosition {
        var line = 1
        var column = 1
        for byte in bytes[..<min(offset, bytes.count)] {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return SourcePosition(file: file, line: line, column: column)
    }
}
