/// `healthcheck:`, with the specification's defaults filled in.
public struct Healthcheck: Hashable, Sendable {
    /// How health is found out.
    public enum Probe: Hashable, Sendable {
        /// `NONE` or `disable: true`: also an image's own check is off.
        case disabled
        /// `CMD`: the program and its arguments.
        case command([String])
        /// `CMD-SHELL`, run by the image's shell.
        case shell(String)
        /// The image's own check with this one's timing.
        case image
    }

    /// How health is found out.
    public var probe: Probe
    /// Between two probes.
    public var interval: Duration
    /// After this a probe counts as failed.
    public var timeout: Duration
    /// So many failures in a row make it unhealthy.
    public var retries: Int
    /// Failures this soon after the start do not count.
    public var startPeriod: Duration
    /// Between two probes while ``startPeriod`` lasts.
    public var startInterval: Duration?
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(
        probe: Probe, interval: Duration = .seconds(30), timeout: Duration = .seconds(30), retries: Int = 3,
        startPeriod: Duration = .zero, startInterval: Duration? = nil, position: SourcePosition
    ) {
        self.probe = probe
        self.interval = interval
        self.timeout = timeout
        self.retries = retries
        self.startPeriod = startPeriod
        self.startInterval = startInterval
        self.position = position
    }
}

/// `ready:`: readiness beyond a health check.
///
/// The first condition that holds is enough unless `requiresAll`.
public struct Ready: Hashable, Sendable {
    /// One thing to wait for.
    public enum Condition: Hashable, Sendable {
        /// The port takes connections.
        case tcp(UInt16)
        /// GET answers with `status`, or any of 200...399 where that is `nil`.
        case http(port: UInt16, path: String, status: Int?)
        /// A line of the service's output matches this POSIX extended regular expression, as ``LogPattern`` takes it.
        case log(String)
        /// The path exists in the container.
        case file(String)
        /// The program exits with 0 in the container.
        case exec([String])
    }

    /// Never empty, in the order of the file.
    public var conditions: [Condition]
    /// All conditions must hold, not only one.
    public var requiresAll: Bool
    /// How long it may take; 60 s unless told.
    public var timeout: Duration
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(
        conditions: [Condition], requiresAll: Bool = false, timeout: Duration = .seconds(60),
        position: SourcePosition
    ) {
        self.conditions = conditions
        self.requiresAll = requiresAll
        self.timeout = timeout
        self.position = position
    }
}
