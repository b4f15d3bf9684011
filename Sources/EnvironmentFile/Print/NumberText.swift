/// Fractions as Go prints them: the shortest text that reads back to the same number.
enum NumberText {
    /// As JSON has it: no exponent between 1e-6 and 1e21. What is no number has no text; `null` stands for it.
    static func json(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        let size = abs(value)
        let usesExponent = size != 0 && (size < 1e-6 || size >= 1e21)
        return text("\(value)", usesExponent: usesExponent, exponentDigits: 1)
    }

    /// As ``json(_:)-(Double)``, in single precision.
    static func json(_ value: Float) -> String {
        guard value.isFinite else { return "null" }
        let size = abs(value)
        let usesExponent = size != 0 && (size < 1e-6 || size >= 1e21)
        return text("\(value)", usesExponent: usesExponent, exponentDigits: 1)
    }

    /// As YAML has it: exponents below 1e-4 and from 1e21, `.inf` and `.nan`.
    static func yaml(_ value: Double) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
        let size = abs(value)
        return text("\(value)", usesExponent: size != 0 && (size < 1e-4 || size >= 1e21), exponentDigits: 2)
    }

    /// As ``yaml(_:)-(Double)``, in single precision.
    static func yaml(_ value: Float) -> String {
        if value.isNaN { return ".nan" }
        if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
        let size = abs(value)
        return text("\(value)", usesExponent: size != 0 && (size < 1e-4 || size >= 1e21), exponentDigits: 2)
    }

    /// The digits of Swift's shortest text, put together anew.
    private static func text(_ shortest: String, usesExponent: Bool, exponentDigits: Int) -> String {
        let sign = shortest.hasPrefix("-") ? "-" : ""
        let parts = shortest.dropFirst(sign.count).split(separator: "e", omittingEmptySubsequences: false)
        let number = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        var digits = number.joined()
        var point = number[0].utf8.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        let leading = digits.prefix { $0 == "0" }.count
        digits.removeFirst(leading)
        point -= leading
        while digits.hasSuffix("0") { digits.removeLast() }
        guard !digits.isEmpty else { return sign + "0" }
        if usesExponent {
            let exponent = point - 1
            let magnitude = String(abs(exponent))
            let padding = String(repeating: "0", count: max(0, exponentDigits - magnitude.count))
            let rest = digits.dropFirst()
            return sign + digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + "e" + (exponent < 0 ? "-" : "+")
                + padding + magnitude
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if point >= digits.count { return sign + digits + String(repeating: "0", count: point - digits.count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }
}
