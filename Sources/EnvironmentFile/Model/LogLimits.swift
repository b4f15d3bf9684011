/// What is kept of what a service prints (`logging`).
public struct LogLimits: Hashable, Sendable {
    /// Nothing is kept with `driver: none`.
    public var isKept = true
    /// Bytes of a file (`max-size`).
    public var maximumSize: Int64 = 16 << 20
    /// How many files, the one that is written to included (`max-file`).
    public var maximumFiles = 3

    /// Three files of 16 MiB each.
    public init() {}
}
