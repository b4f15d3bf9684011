import YAML

/// Reads `.env` files the way Compose does.
///
/// `NAME=value`, also with `export` before it; `#` begins a comment at the start of a line or after a space; single
/// quotes keep everything, double quotes know `\n` and the like and, as bare values do, put in variables; quoted values may
/// go over several lines. A name alone takes the value of the caller's environment.
struct Dotenv {
    /// One variable, in the order of the file.
    struct Definition: Hashable {
        var name: String
        var value: String
        /// Where its statement begins.
        var position: SourcePosition
    }

    /// How the text is to be read.
    enum Format: String, CaseIterable {
        case dotenv = ""
        /// Every line is `NAME=value`, the value as it stands.
        case raw
    }

    private let bytes: [UInt8]
    private let file: String
    private let diagnostics: DiagnosticCollector
    private let lookup: (String) -> String?
    private var position = 0
    private var line = 1
    private var statementLine = 1
    private var values: [String: String] = [:]
    private var definitions: [Definition] = []
    /// Bytes that variables may still add to the values of this file.
    private var allowance = 16 << 20

    /// The variables that `bytes` define; mistakes are reported and end the reading.
    static func parse(
        _ bytes: [UInt8], file: String, format: Format = .dotenv, diagnostics: DiagnosticCollector,
        lookup: @escaping (String) -> String?
    ) -> [Definition] {
        var parser = Dotenv(bytes, file, diagnostics, lookup)
        switch format {
        case .dotenv: while parser.statement() {}
        case .raw: parser.rawLines()
        }
        return parser.definitions
    }

    private init(
        _ bytes: [UInt8], _ file: String, _ diagnostics: DiagnosticCollector, _ lookup: @escaping (String) -> String?
    ) {
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        self.bytes = hasMark ? Array(bytes.dropFirst(3)) : bytes
        self.file = file
        self.diagnostics = diagnostics
        self.lookup = lookup
    }

    // MARK: Statements

    /// - Returns: false at the end, or when the rest can't be understood.
    private mutating func statement() -> Bool {
        skipToStatement()
        statementLine = line
        guard position < bytes.count else { return false }
        skipExport()
        let start = position
        while position < bytes.count, !isDelimiter(bytes[position]) {
            guard isNameByte(bytes[position]) || isBlank(bytes[position]) else {
                return fail(at: position, "unexpected character in a variable's name", "write NAME=value")
            }
            position += 1
        }
        let name = trimmed(bytes[start..<position])
        guard !name.isEmpty, !name.utf8.contains(where: isBlank) else {
            return fail(at: start, "a variable's name can't be empty or contain a space", "write NAME=value")
        }
        guard position < bytes.count, bytes[position] != 0x0A else {
            if let value = lookup(name) { define(name, value) }
            return true
        }
        position += 1
        while position < bytes.count, isBlank(bytes[position]) { position += 1 }
        return value(of: name)
    }

    private mutating func value(of name: String) -> Bool {
        let quote = position < bytes.count ? bytes[position] : 0
        guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            let start = position
            define(name, expanded(unquoted(), from: start))
            return true
        }
        let start = position
        guard let text = quoted(by: quote) else {
            return fail(at: start, "the quote that begins here is never closed", nil)
        }
        define(name, quote == UInt8(ascii: "'") ? text : expanded(Self.unescaped(text), from: start))
        return true
    }

    private mutating func unquoted() -> String {
        let rest = bytes[position...].prefix { $0 != 0x0A }
        position = rest.endIndex
        var end = rest.startIndex
        while end < rest.endIndex, !(rest[end] == 0x20 && end + 1 < rest.endIndex && rest[end + 1] == 0x23) { end += 1 }
        return trimmed(rest[rest.startIndex..<end])
    }

    /// The text between quotes; a backslash before the quote is dropped, every other one is kept.
    private mutating func quoted(by quote: UInt8) -> String? {
        var text: [UInt8] = []
        var isEscaped = false
        var index = position + 1
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == quote, !isEscaped {
                line += bytes[position..<index].count { $0 == 0x0A }
                position = index
                return String(decoding: text, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
                continue
            }
            if isEscaped, byte != quote { text.append(UInt8(ascii: "\\")) }
            isEscaped = false
            text.append(byte)
        }
        return nil
    }

    private mutating func rawLines() {
        for row in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let text = (row.last == 0x0D ? row.dropLast() : row).drop(while: isBlank)
            if text.isEmpty || text.first == 0x23 { continue }
            let end = text.firstIndex(of: 0x3D) ?? text.endIndex
            guard end > text.startIndex, !text[..<end].contains(where: isBlank) else {
                _ = fail(
                    at: text.startIndex, "a variable's name can't be empty or contain a space", "write NAME=value")
                return
            }
            let name = String(decoding: text[..<end], as: UTF8.self)
            if end < text.endIndex {
                define(name, String(decoding: text[(end + 1)...], as: UTF8.self))
            } else if let value = lookup(name) {
                define(name, value)
            }
        }
    }

    private mutating func define(_ name: String, _ value: String) {
        values[name] = value
        definitions.append(
            Definition(name: name, value: value, position: SourcePosition(file: file, line: statementLine, column: 1)))
    }

    // MARK: Values

    private mutating func expanded(_ text: String, from offset: Int) -> String {
        let values = values
        let limit = min(Template.sizeLimit, allowance)
        let (result, findings) = Template.expand(text, limit: limit) { [lookup] name in lookup(name) ?? values[name] }
        allowance -= max(0, result.utf8.count - text.utf8.count)
        for finding in findings {
            switch finding.kind {
            case .unset: continue
            case .tooLarge: _ = fail(at: offset, "variables make this value larger than 1 MiB", nil)
            case .invalid:
                _ = fail(at: offset, "this value has an invalid variable in it", "write '$$' for a dollar sign")
            case .required(let name, let message):
                let reason = message.isEmpty ? "" : ": \(message)"
                _ = fail(at: offset, "required variable '\(name)' has no value\(reason)", nil)
            }
        }
        return result
    }

    /// Go's escapes, and `\$` as the dollar sign that is no variable.
    private static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
        let single: [Character: String] = [
            "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{0B}",
            "\\": "\\", "\"": "\"", "$": "$$",
        ]
        var result = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "\\", let next = rest.first else {
                result.append(character)
                continue
            }
            if let replacement = single[next] {
                rest.removeFirst()
                result += replacement
            } else {
                result.append(character)
            }
        }
        return result
    }

    // MARK: Characters

    private mutating func skipToStatement() {
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x23 {
                position = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
            } else if byte == 0x0A {
                line += 1
                position += 1
            } else if isBlank(byte) {
                position += 1
            } else {
                return
            }
        }
    }

    private mutating func skipExport() {
        let word = Array("export".utf8)
        let end = position + word.count
        guard bytes[position...].starts(with: word), end < bytes.count, isBlank(bytes[end]) else { return }
        position = end
        while position < bytes.count, isBlank(bytes[position]) { position += 1 }
    }

    private func isDelimiter(_ byte: UInt8) -> Bool { byte == 0x3D || byte == 0x3A || byte == 0x0A }

    private func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0B || byte == 0x0C
    }

    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
        default: [UInt8]("_.-[]".utf8).contains(byte)
        }
    }

    private func trimmed(_ slice: ArraySlice<UInt8>) -> String {
        var slice = slice
        while let last = slice.last, isBlank(last) { slice.removeLast() }
        while let first = slice.first, isBlank(first) { slice.removeFirst() }
        return String(decoding: slice, as: UTF8.self)
    }

    private mutating func fail(at offset: Int, _ message: String, _ remedy: String?) -> Bool {
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let column = before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1
        let line = before.count { $0 == 0x0A } + 1
        diagnostics.quote(Self.withoutValues(bytes), file: file)
        diagnostics.error(.syntax, at: SourcePosition(file: file, line: line, column: column), message, remedy: remedy)
        position = bytes.count
        return false
    }

    /// The text with only the first character of each value: what is quoted ends up in logs, where no password belongs.
    private static func withoutValues(_ bytes: [UInt8]) -> [UInt8] {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line -> [UInt8] in
            guard let equals = line.firstIndex(where: { $0 == 0x3D || $0 == 0x3A }),
                let start = line[(equals + 1)...].firstIndex(where: { $0 != 0x20 && $0 != 0x09 }),
                let next = line[(start + 1)...].firstIndex(where: { $0 & 0xC0 != 0x80 })
            else { return Array(line) }
            return Array(line[..<next]) + Array("…".utf8)
        }
        return Array(lines.joined(separator: [0x0A]))
    }
}
