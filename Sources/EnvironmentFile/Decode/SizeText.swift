import YAML

/// Sizes as Compose writes them: `512m`, `1.5gb`, `1024`.
enum SizeText {
    /// A number as it is, text with its unit.
    static func parse(_ node: Node) -> Int64? {
        switch ScalarText.value(node) {
        case .integer(let bytes): bytes
        default: node.text.flatMap { Int64($0) ?? parse($0) }
        }
    }

    /// Bytes, in powers of 1024 whatever the spelling of the unit (b, k, kb, kib, m, … p).
    static func parse(_ text: String) -> Int64? {
        let lowered = text.lowercased()
        let digits = lowered.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard let first = digits.utf8.first, first != UInt8(ascii: "."), let number = Double(digits) else { return nil }
        var unit = lowered.dropFirst(digits.count)
        if unit.first == " " { unit.removeFirst() }
        var factor = 1.0
        if let letter = unit.first, let power = "bkmgtp".utf8.firstIndex(of: letter.utf8.first ?? 0) {
            let exponent = "bkmgtp".utf8.distance(from: "bkmgtp".startIndex, to: power)
            for _ in 0..<exponent { factor *= 1024 }
            unit.removeFirst()
            if exponent > 0, unit == "b" || unit == "ib" { unit = "" }
        }
        guard unit.isEmpty, number * factor < Double(Int64.max) else { return nil }
        return Int64(number * factor)
    }
}
