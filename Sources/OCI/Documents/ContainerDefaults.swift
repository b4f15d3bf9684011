/// The `config` object of an image configuration, with the `Healthcheck` that Docker adds to it.
///
/// Every field may be missing, and Docker writes `null` for many of them: both mean the same.
public struct ContainerDefaults: Hashable, Sendable, Encodable {
    /// `user`, `uid`, `user:group`, …; empty or missing: root.
    public var user: String?
    /// Keys as `80/tcp`; Go's way of writing a set.
    public var exposedPorts: [String: EmptyObject]?
    /// `NAME=value`.
    public var env: [String]?
    /// What the command is given to...
    public var entrypoint: [String]?
    /// The default arguments, or the command where there is no entry point.
    public var cmd: [String]?
    /// Paths that are volumes.
    public var volumes: [String: EmptyObject]?
    /// Absolute; missing or empty: `/`.
    public var workingDir: String?
    /// Free text.
    public var labels: [String: String]?
    /// `SIGQUIT`, `3`, ….
    public var stopSignal: String?
    /// Docker's extension...
    public var healthcheck: Healthcheck?
    /// The shell of `RUN`, `CMD` and health checks in their string form; Docker's extension.
    public var shell: [String]?

    /// No defaults.
    public init() {}

    enum CodingKeys: String, CodingKey {
        case user = "User"
        case exposedPorts = "ExposedPorts"
        case env = "Env"
        case entrypoint = "Entrypoint"
        case cmd = "Cmd"
        case volumes = "Volumes"
        case workingDir = "WorkingDir"
        case labels = "Labels"
        case stopSignal = "StopSignal"
        case healthcheck = "Healthcheck"
        case shell = "Shell"
    }
}

/// The value of each member of a set as Go writes it: `{}`.
public struct EmptyObject: Hashable, Sendable, Encodable {
    /// The only value.
    public init() {}
}

/// A command that tells whether a container is healthy (Docker's image specification 1.2).
public struct Healthcheck: Hashable, Sendable, Encodable {
    /// `["CMD", …]`, `["CMD-SHELL", …]`, `["NONE"]`; missing or empty: inherited.
    public var test: [String]?
    /// Nanoseconds; 0 or missing: inherited.
    public var interval: Int64?
    /// Nanoseconds; 0 or missing: inherited.
    public var timeout: Int64?
    /// Nanoseconds; 0 or missing: inherited.
    public var startPeriod: Int64?
    /// Nanoseconds; 0 or missing: inherited.
    public var startInterval: Int64?
    /// 0 or missing: inherited.
    public var retries: Int?

    /// A health check with everything inherited but the command.
    public init(test: [String]?) { self.test = test }

    enum CodingKeys: String, CodingKey {
        case test = "Test"
        case interval = "Interval"
        case timeout = "Timeout"
        case startPeriod = "StartPeriod"
        case startInterval = "StartInterval"
        case retries = "Retries"
    }
}
