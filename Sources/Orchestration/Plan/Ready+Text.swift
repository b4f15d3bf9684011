import EnvironmentFile

extension Ready.Condition {
    /// The condition as a person says it: `tcp 5432 takes connections`.
    var text: String {
        switch self {
        case .tcp(let port): "tcp \(port) takes connections"
        case .http(let port, let path, let status):
            "http \(port)\(path) answers \(status.map(String.init) ?? "200 to 399")"
        case .log(let pattern): "a line matches /\(pattern)/"
        case .file(let path): "\(path) exists"
        case .exec(let arguments): "'\(arguments.joined(separator: " "))' succeeds"
        }
    }
}

extension Duration {
    /// Short, in the largest unit that suits: `340ms`, `1.5s`, `2m`, `1m30s`.
    var text: String {
        let (seconds, attoseconds) = components
        let nanoseconds = attoseconds / 1_000_000_000
        if seconds == 0 {
            if nanoseconds == 0 { return "0s" }
            return nanoseconds < 1_000_000
                ? "\(Self.decimal(nanoseconds, per: 1000))µs" : "\(Self.decimal(nanoseconds / 1000, per: 1000))ms"
        }
        if seconds < 60 { return "\(Self.decimal(seconds * 1000 + nanoseconds / 1_000_000, per: 1000))s" }
        let rest = seconds % 60 == 0 ? "" : "\(seconds % 60)s"
        return "\(seconds / 60)m\(rest)"
    }

    private static func decimal(_ value: Int64, per unit: Int64) -> String {
        let (whole, part) = value.quotientAndRemainder(dividingBy: unit)
        guard part != 0 else { return String(whole) }
        var digits = String(String(unit + part).dropFirst())
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}
