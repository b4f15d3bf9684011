/// What a `WWW-Authenticate` field asks for (RFC 9110, section 11.6.1).
struct Challenge: Hashable, Sendable {
    /// Lower case: `basic`, `bearer`, ….
    var scheme: String
    /// By lower-case name.
    var parameters: [String: String]

    /// Reads every challenge of a field's value; what can't be read is left out.
    static func parse(_ text: String) -> [Challenge] {
        var scanner = Scanner(text)
        var result: [Challenge] = []
        while let scheme = scanner.token() {
            var challenge = Challenge(scheme: scheme.lowercased(), parameters: [:])
            while let parameter = scanner.parameter() {
                challenge.parameters[parameter.name.lowercased()] = parameter.value
                scanner.skip(",")
            }
            result.append(challenge)
            scanner.skip(",")
        }
        return result
    }

    private struct Scanner {
        private let text: [UInt8]
        private var offset = 0

        init(_ text: String) { self.text = Array(text.utf8) }

        mutating func token() -> String? {
            skipSpace()
            let start = offset
            while offset < text.count, Self.isToken(text[offset]) { offset += 1 }
            return offset > start ? String(decoding: text[start..<offset], as: UTF8.self) : nil
        }

        /// `NAME=VALUE` or `NAME="VALUE"`; nothing is taken where something else follows.
        mutating func parameter() -> (name: String, value: String)? {
            let start = offset
            guard let name = token() else { return nil }
            skipSpace()
            guard offset < text.count, text[offset] == UInt8(ascii: "=") else {
                offset = start
                return nil
            }
            offset += 1
            skipSpace()
            guard let value = quoted() ?? token() else {
                offset = start
                return nil
            }
            return (name, value)
        }

        mutating func skip(_ separator: Character) {
            skipSpace()
            while offset < text.count, text[offset] == separator.asciiValue {
                offset += 1
                skipSpace()
            }
        }

        private mutating func quoted() -> String? {
            guard offset < text.count, text[offset] == UInt8(ascii: "\"") else { return nil }
            var bytes: [UInt8] = []
            var index = offset + 1
            while index < text.count, text[index] != UInt8(ascii: "\"") {
                if text[index] == UInt8(ascii: "\\"), index + 1 < text.count { index += 1 }
                bytes.append(text[index])
                index += 1
            }
            guard index < text.count else { return nil }
            offset = index + 1
            return String(decoding: bytes, as: UTF8.self)
        }

        private mutating func skipSpace() {
            while offset < text.count, text[offset] == 0x20 || text[offset] == 0x09 { offset += 1 }
        }

        /// RFC 9110's token, and the `/` and `=` of token68 that an unquoted value may have.
        private static func isToken(_ byte: UInt8) -> Bool {
            (0x21...0x7e).contains(byte) && !"\"(),;<=>?@[\\]{}".utf8.contains(byte)
        }
    }
}
