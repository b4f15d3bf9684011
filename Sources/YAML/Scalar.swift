/// The text of a leaf and how it was written, which together decide its type.
public struct Scalar: Hashable, Sendable {
    /// How the text stood in the file.
    ///
    /// Only a plain scalar can be anything but a string.
    public enum Style: UInt8, Hashable, Sendable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    /// After unescaping and folding.
    public var text: String
    /// How it was written.
    public var style: Style

    /// Makes a leaf.
    public init(_ text: String, style: Style = .plain) {
        self.text = text
        self.style = style
    }

    /// What it counts for among the nodes: one, and one more for every 64 bytes.
    var weight: Int { 1 + text.utf8.count / 64 }
}

/// A leaf's value by the YAML 1.2 core schema (section 10.3.2 of the specification).
public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    /// Also an integer beyond 64 bits.
    case float(Double)
    case string(String)
}

/// The tag resolution of plain scalars in the YAML 1.2 core schema.
public enum CoreSchema {
    /// The type that a plain scalar without a tag has.
    ///
    /// Only `true`, `True`, `TRUE` and their opposites are booleans (never `yes` or `on`), `0o` and `0x` mark octal
    /// and hexadecimal numbers, and `0755` is decimal.
    public static func value(ofPlain text: String) -> Value {
        switch text {
        case "", "~", "null", "Null", "NULL": .null
        case "true", "True", "TRUE": .bool(true)
        case "false", "False", "FALSE": .bool(false)
        default: number(text) ?? .string(text)
        }
    }

    /// The number that `text` writes, or `nil` when it writes none or takes more than 400 characters.
    public static func number(_ text: String) -> Value? {
        guard let first = text.utf8.first, isNumberStart(first), text.utf8.count <= 400 else { return nil }
        if text.hasPrefix("0o") { return radix(text, 8) }
        if text.hasPrefix("0x") { return radix(text, 16) }
        switch text.drop(while: { $0 == "-" || $0 == "+" }) {
        case ".inf", ".Inf", ".INF":
            return signs(text) <= 1 ? .float(first == UInt8(ascii: "-") ? -.infinity : .infinity) : nil
        case ".nan", ".NaN", ".NAN":
            return signs(text) == 0 ? .float(.nan) : nil
        default:
            return decimal(text)
        }
    }

    private static func isNumberStart(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E
    }

    private static func signs(_ text: String) -> Int {
        text.utf8.prefix { $0 == 0x2B || $0 == 0x2D }.count
    }

    private static func radix(_ text: String, _ radix: Int) -> Value? {
        let digits = text.dropFirst(2)
        guard let first = digits.utf8.first, first != 0x2B, first != 0x2D else { return nil }
        if let value = Int64(digits, radix: radix) { return .int(value) }
        var value = 0.0
        for character in digits {
            guard let digit = character.hexDigitValue, digit < radix else { return nil }
            value = value * Double(radix) + Double(digit)
        }
        return .float(value)
    }

    /// Parses a decimal number.
    ///
    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
    private static func decimal(_ text: String) -> Value? {
        if let value = Int64(text) { return .int(value) }
        var rest = Substring(text).utf8
        if let sign = rest.first, sign == 0x2B || sign == 0x2D { rest.removeFirst() }
        let whole = takeDigits(&rest)
        var fraction = 0
        if rest.first == 0x2E {
            rest.removeFirst()
            fraction = takeDigits(&rest)
        }
        guard whole + fraction > 0 else { return nil }
        if let mark = rest.first, mark == 0x65 || mark == 0x45 {
            rest.removeFirst()
            if let sign = rest.first, sign == 0x2B || sign == 0x2D { rest.removeFirst() }
            guard takeDigits(&rest) > 0 else { return nil }
        }
        guard rest.isEmpty else { return nil }
        // Double's own parser wants no leading plus and a digit on both sides of the point only in some C libraries.
        return Double(text).map(Value.float)
    }

    private static func takeDigits(_ rest: inout Substring.UTF8View) -> Int {
        let digits = rest.prefix { (0x30...0x39).contains($0) }.count
        rest.removeFirst(digits)
        return digits
    }
}
