import YAML

/// Leaves read as the type that is wanted, whether they were written so or came out of a variable.
enum ScalarText {
    /// Also the words that Compose still takes in text.
    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "y", "yes", "on": true
        case "false", "n", "no", "off": false
        default: nil
        }
    }

    /// A whole number by the core schema's rules.
    static func integer(_ text: String) -> Int64? {
        if case .int(let value) = CoreSchema.number(text) { value } else { nil }
    }
}

extension ScalarText {
    /// The leaf as Compose's reader sees it: numbers of YAML 1.1 (`0755` is octal) besides those of the core schema.
    static func value(_ node: Node) -> ResolvedValue {
        switch node.value {
        case nil, .null: return .null
        case .bool(let value): return .bool(value)
        case .int(let value): return .integer(octal(node) ?? value)
        case .float(let value): return .double(value)
        case .string(let text): return grouped(node).map(ResolvedValue.integer) ?? .string(text)
        }
    }

    /// `1_000` in YAML 1.1.
    private static func grouped(_ node: Node) -> Int64? {
        guard let scalar = node.scalar, scalar.style == .plain, node.tag == nil, scalar.text.utf8.contains(0x5F) else {
            return nil
        }
        let digits = scalar.text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        guard digits.count + 1 >= scalar.text.utf8.count, digits.first.map({ (0x30...0x39).contains($0) }) ?? false,
            digits.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x5F })
        else { return nil }
        return Int64(scalar.text.filter { $0 != "_" })
    }

    /// What a leaf means as text: a number in its shortest form, nothing for nothing; `nil` for a collection.
    static func text(_ node: Node) -> String? {
        guard let scalar = node.scalar else { return nil }
        if scalar.style != .plain, node.tag == nil { return scalar.text }
        switch value(node) {
        case .null: return ""
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .double(let value): return NumberText.yaml(value)
        default: return scalar.text
        }
    }

    static func flag(_ node: Node) -> Bool? { node.text.flatMap(boolean) }

    static func integer(_ node: Node) -> Int64? {
        if case .integer(let value) = value(node) { return value }
        if case .double(let value) = value(node) { return Int64(exactly: value.rounded(.towardZero)) }
        return node.text.flatMap(integer)
    }

    /// `0755` in YAML 1.1.
    private static func octal(_ node: Node) -> Int64? {
        guard let text = node.scalar?.text, text.utf8.count > 1, text.hasPrefix("0") else { return nil }
        return Int64(text, radix: 8)
    }
}
