/// Durations as Compose writes them: `1h30m`, `1.5s`, `250ms`.
enum DurationText {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ms", 1e6), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ns", 1), ("h", 3600e9), ("m", 60e9), ("s", 1e9),
        ("d", 86400e9), ("w", 604800e9),
    ]

    /// Numbers each with a unit (ns, us, ms, s, m, h, d, w) and nothing between; `0` needs none.
    ///
    /// At most 292 years.
    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        if text.hasPrefix("-") || text.hasPrefix("+") {
            guard let size = text.dropFirst().first, size != "-", size != "+" else { return nil }
            return parse(String(text.dropFirst())).map { text.hasPrefix("-") ? .zero - $0 : $0 }
        }
        guard !text.isEmpty, text.utf8.count <= 64 else { return nil }
        var rest = Substring(text)
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            guard digits.utf8.contains(where: { $0 != UInt8(ascii: ".") }), let number = Double(digits) else {
                return nil
            }
            rest = rest[digits.endIndex...]
            guard let unit = units.first(where: { rest.hasPrefix($0.name) }) else { return nil }
            rest = rest.dropFirst(unit.name.count)
            total += number * unit.nanoseconds
        }
        guard total <= Double(Int64.max) / 2 else { return nil }
        return .nanoseconds(Int64(total.rounded()))
    }
}

extension Duration {
    /// Reads a duration as the environment file has it (`90s`, `1h30m`, `250ms`); `nil` for anything else.
    public init?(compose text: String) {
        guard let duration = DurationText.parse(text) else { return nil }
        self = duration
    }
}

extension DurationText {
    /// A time as Go prints it: `1h2m3.5s`, `1.5s`, `250ms`, `0s`.
    static func print(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        if nanoseconds == 0 { return "0s" }
        let size = nanoseconds.magnitude
        let sign = nanoseconds < 0 ? "-" : ""
        for (unit, scale) in [("ns", UInt64(1)), ("µs", 1000), ("ms", 1_000_000)] where size < scale * 1000 {
            return sign + fraction(size, of: scale) + unit
        }
        let (minutes, rest) = size.quotientAndRemainder(dividingBy: 60_000_000_000)
        let text = fraction(rest, of: 1_000_000_000) + "s"
        if minutes == 0 { return sign + text }
        if minutes < 60 { return sign + "\(minutes)m" + text }
        return sign + "\(minutes / 60)h\(minutes % 60)m" + text
    }

    private static func fraction(_ value: UInt64, of scale: UInt64) -> String {
        let (whole, rest) = value.quotientAndRemainder(dividingBy: scale)
        guard rest > 0 else { return String(whole) }
        let digits = String(scale + rest).dropFirst()
        let end = digits.lastIndex { $0 != "0" } ?? digits.startIndex
        return "\(whole).\(digits[...end])"
    }
}
