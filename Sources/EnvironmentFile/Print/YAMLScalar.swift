import YAML

/// How a string is written in YAML so that it reads back as that string, also by readers of YAML 1.1.
enum YAMLScalar {
    /// A value; several lines as a literal block where that is possible.
    ///
    /// - Parameter indent: Columns before the lines of a block.
    static func value(_ text: String, indent: Int) -> String {
        let traits = Traits(text)
        if traits.hasLineBreak, traits.allowsBlock { return block(text, indent: indent) }
        if !traits.hasLineBreak, isPlainString(text) {
            if traits.allowsPlain { return text }
            if traits.allowsSingleQuotes { return singleQuoted(text) }
        }
        return doubleQuoted(text)
    }

    /// A key: always on one line.
    static func key(_ text: String) -> String {
        let traits = Traits(text)
        guard !traits.hasLineBreak, isPlainString(text), text.utf8.count <= 128 else { return doubleQuoted(text) }
        if traits.allowsPlain { return text }
        return traits.allowsSingleQuotes ? singleQuoted(text) : doubleQuoted(text)
    }

    private static func singleQuoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    private static func block(_ text: String, indent: Int) -> String {
        var header = "|"
        if text.hasPrefix(" ") || text.hasPrefix("\n") { header += "2" }
        if !text.hasSuffix("\n") {
            header += "-"
        } else if text.hasSuffix("\n\n") || text == "\n" {
            header += "+"
        }
        let padding = String(repeating: " ", count: indent)
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        return header + lines.map { $0.isEmpty ? "\n" : "\n\(padding)\($0)" }.joined()
    }

    private static let escapes: [Unicode.Scalar: String] = [
        "\0": "\\0", "\u{7}": "\\a", "\u{8}": "\\b", "\t": "\\t", "\n": "\\n", "\u{B}": "\\v", "\u{C}": "\\f",
        "\r": "\\r", "\u{1B}": "\\e", "\"": "\\\"", "\\": "\\\\", "\u{85}": "\\N", "\u{A0}": "\\_",
        "\u{2028}": "\\L", "\u{2029}": "\\P",
    ]

    private static func doubleQuoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if let escape = escapes[scalar] {
                result += escape
            } else if Traits.isPrintable(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                let (letter, width) = scalar.value <= 0xFF ? ("x", 2) : scalar.value <= 0xFFFF ? ("u", 4) : ("U", 8)
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
            }
        }
        return result + "\""
    }

    // MARK: What a plain scalar would be read as

    private static let words: Set<String> = [
        "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF", "<<", "",
        "true", "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL", "~", ".inf", ".Inf", ".INF",
        "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN",
    ]

    /// Whether every reader takes it for a string when it stands without quotes.
    private static func isPlainString(_ text: String) -> Bool {
        if words.contains(text) { return false }
        guard let first = text.utf8.first else { return false }
        guard (0x30...0x39).contains(first) || [0x2B, 0x2D, 0x2E].contains(first) else { return true }
        return !isNumber(text) && !isSexagesimal(text) && !isTimestamp(text)
    }

    private static func isNumber(_ text: String) -> Bool {
        let digits = text.filter { $0 != "_" }
        if CoreSchema.number(digits) != nil { return true }
        var rest = Substring(digits)
        if rest.hasPrefix("-") || rest.hasPrefix("+") { rest.removeFirst() }
        for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)]
        where rest.hasPrefix(prefix) {
            return UInt64(rest.dropFirst(2), radix: radix) != nil
        }
        return false
    }

    /// Numbers of base 60, as YAML 1.1 has them: `1:30`, `190:20:30.15`.
    private static func isSexagesimal(_ text: String) -> Bool {
        var rest = Substring(text)
        if rest.hasPrefix("-") || rest.hasPrefix("+") { rest.removeFirst() }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts[0].utf8.first, (0x30...0x39).contains(first),
            parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x5F })
        else { return false }
        for (index, part) in parts.dropFirst().enumerated() {
            var digits = part
            if index == parts.count - 2, let point = part.firstIndex(of: ".") {
                guard part[point...].dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x5F }) else {
                    return false
                }
                digits = part[..<point]
            }
            let isPart = (1...2).contains(digits.utf8.count) && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            guard isPart, let value = Int(digits), value < 60 else { return false }
        }
        return true
    }

    /// A date, or a date with a time, as YAML 1.1 has them.
    private static func isTimestamp(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= 8, bytes.prefix(4).allSatisfy({ (0x30...0x39).contains($0) }), bytes[4] == 0x2D else {
            return false
        }
        let date = text.prefix { !["T", "t", " "].contains($0) }
        let parts = date.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let month = Int(parts[1]), let day = Int(parts[2]), (1...2).contains(parts[1].count),
            (1...2).contains(parts[2].count), (1...12).contains(month), (1...31).contains(day)
        else { return false }
        let time = text.dropFirst(date.count)
        return time.isEmpty || time.dropFirst().filter { $0 == ":" }.count >= 2
    }
}

/// What the characters of a string allow (libyaml's analysis of scalars).
private struct Traits {
    private(set) var hasLineBreak = false
    private(set) var allowsPlain = true
    private(set) var allowsSingleQuotes = true
    private(set) var allowsBlock = true

    init(_ text: String) {
        guard !text.isEmpty else {
            allowsBlock = false
            return
        }
        let scalars = Array(text.unicodeScalars)
        if text.hasPrefix("---") || text.hasPrefix("...") { allowsPlain = false }
        var isAfterSpace = true
        var isAfterBreak = false
        for (index, scalar) in scalars.enumerated() {
            let isBeforeSpace = index + 1 == scalars.count || Self.isBlank(scalars[index + 1])
            if Self.isIndicator(scalar, isFirst: index == 0, isAfterSpace: isAfterSpace, isBeforeSpace: isBeforeSpace) {
                allowsPlain = false
            }
            let isBreak = scalar == "\n" || scalar == "\r" || ["\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
            if !isBreak, !Self.isPrintable(scalar) {
                (allowsPlain, allowsSingleQuotes) = (false, false)
                if scalar != "\t" { allowsBlock = false }
            }
            if isBreak {
                hasLineBreak = true
                allowsPlain = false
                if isAfterSpace, index > 0, !isAfterBreak {
                    (allowsSingleQuotes, allowsBlock) = (false, false)
                }
                if scalar != "\n" { allowsBlock = false }
            } else if scalar == " " {
                if index == 0 || index == scalars.count - 1 { allowsPlain = false }
                if index == scalars.count - 1 { allowsBlock = false }
                if isAfterBreak { (allowsPlain, allowsSingleQuotes) = (false, false) }
            }
            isAfterBreak = isBreak
            isAfterSpace = Self.isBlank(scalar)
        }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        [" ", "\t", "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
    }

    private static func isIndicator(
        _ scalar: Unicode.Scalar, isFirst: Bool, isAfterSpace: Bool, isBeforeSpace: Bool
    ) -> Bool {
        switch scalar {
        case "#", ",", "[", "]", "{", "}", "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`":
            isFirst || (scalar == "#" && isAfterSpace)
        case "?", "-": isFirst && isBeforeSpace
        case ":": isBeforeSpace
        default: false
        }
    }

    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x20...0x7E, 0xA1...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF:
            scalar.value != 0x2028 && scalar.value != 0x2029
        default: false
        }
    }
}
