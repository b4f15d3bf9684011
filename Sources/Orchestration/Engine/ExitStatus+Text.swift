import EnvironmentFile

extension ExitStatus {
    /// `exited with 3`, `was killed by SIGTERM`, `was killed by the kernel: out of memory`.
    public var text: String { text(memoryLimit: nil) }

    /// As ``text``, with the limit of memory that was reached, in bytes, where there is one: `(limit 64 MiB)`.
    public func text(memoryLimit: Int64?) -> String {
        switch self {
        case .exited(let code): "exited with \(code)"
        case .signalled(_, oomKilled: true):
            "was killed by the kernel: out of memory\(memoryLimit.map { " (limit \(Self.size($0)))" } ?? "")"
        case .signalled(let signal, _): "was killed by \(SignalName.name(of: signal))"
        }
    }

    /// The largest unit that gives a whole number: `64 MiB`, `1500 KiB`.
    private static func size(_ bytes: Int64) -> String {
        var (value, unit) = (bytes, 0)
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]
        while value >= 1024, value.isMultiple(of: 1024), unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(value) \(units[unit])"
    }
}
