/// Prints a value as YAML in block style, two spaces for each level, quoted the way Compose's emitter quotes.
struct YAMLPrinter {
    private var output = ""

    /// The document, its last line ended.
    static func text(_ value: ResolvedValue) -> String {
        var printer = YAMLPrinter()
        printer.write(value, indent: 0, isAfterKey: false)
        return printer.output
    }

    /// - Parameter isAfterKey: Whether a key and its colon stand before it on the line.
    private mutating func write(_ value: ResolvedValue, indent: Int, isAfterKey: Bool) {
        switch value {
        case .list(let elements) where !elements.isEmpty:
            if isAfterKey { output += "\n" }
            for (index, element) in elements.enumerated() {
                if isAfterKey || index > 0 { pad(indent) }
                output += "- "
                write(element, indent: indent + 2, isAfterKey: false)
            }
        case .map(let entries) where !entries.isEmpty:
            if isAfterKey { output += "\n" }
            for (index, entry) in entries.enumerated() {
                if isAfterKey || index > 0 { pad(indent) }
                output += YAMLScalar.key(entry.key)
                output += ":"
                write(entry.value, indent: indent + 2, isAfterKey: true)
            }
        default:
            if isAfterKey { output += " " }
            output += leaf(value, indent: indent)
            output += "\n"
        }
    }

    private mutating func pad(_ count: Int) { output += String(repeating: " ", count: count) }

    private func leaf(_ value: ResolvedValue, indent: Int) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .float(let value): NumberText.yaml(value)
        case .double(let value): NumberText.yaml(value)
        case .string(let text): YAMLScalar.value(text, indent: indent)
        case .list: "[]"
        case .map: "{}"
        }
    }
}
