/// Prints a value as JSON (RFC 8259), two spaces for each level, the way Go's encoder does it: `<`, `>` and `&` are escaped.
struct JSONPrinter {
    private var output: [UInt8] = []

    /// The text, with neither a trailing line break nor anything that depends on the order of a hash table.
    static func text(_ value: ResolvedValue) -> String {
        String(decoding: bytes(value, indented: true), as: UTF8.self)
    }

    /// The bytes; on one line and without spaces where `indented` is false.
    static func bytes(_ value: ResolvedValue, indented: Bool) -> [UInt8] {
        var printer = JSONPrinter()
        printer.write(value, depth: 0, indented)
        return printer.output
    }

    private mutating func write(_ value: ResolvedValue, depth: Int, _ indented: Bool) {
        switch value {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let value): output += String(value).utf8
        case .float(let value): output += NumberText.json(value).utf8
        case .double(let value): output += NumberText.json(value).utf8
        case .string(let text): write(text)
        case .list(let elements):
            bracketed("[", "]", elements, depth, indented) { $0.write($1, depth: depth + 1, indented) }
        case .map(let entries):
            bracketed("{", "}", entries, depth, indented) { printer, entry in
                printer.write(entry.key)
                printer.output.append(UInt8(ascii: ":"))
                if indented { printer.output.append(0x20) }
                printer.write(entry.value, depth: depth + 1, indented)
            }
        }
    }

    private mutating func bracketed<Element>(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ elements: [Element], _ depth: Int, _ indented: Bool,
        _ body: (inout JSONPrinter, Element) -> Void
    ) {
        output.append(UInt8(ascii: open))
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            if indented { newLine(depth + 1) }
            body(&self, element)
        }
        if indented, !elements.isEmpty { newLine(depth) }
        output.append(UInt8(ascii: close))
    }

    private mutating func newLine(_ depth: Int) {
        output.append(0x0A)
        output += repeatElement(0x20, count: depth * 2)
    }

    private mutating func write(_ text: String) {
        output.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\"".utf8
            case "\\": output += "\\\\".utf8
            case "\n": output += "\\n".utf8
            case "\r": output += "\\r".utf8
            case "\t": output += "\\t".utf8
            case "\u{8}": output += "\\b".utf8
            case "\u{C}": output += "\\f".utf8
            case "<", ">", "&", "\u{2028}", "\u{2029}": escape(scalar)
            case _ where scalar.value < 0x20: escape(scalar)
            default: output += UTF8.encode(scalar).map(Array.init) ?? []
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ scalar: Unicode.Scalar) {
        let digits = String(scalar.value, radix: 16)
        output += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
    }
}
