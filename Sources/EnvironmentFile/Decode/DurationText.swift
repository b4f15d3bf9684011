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
