/// `healthcheck:`, with the specification's defaults filled in.
public struct Healthcheck: Hashable, Sendable {
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

    public var probe: Probe
    public var interval: Duration
    public var timeout: Duration
    public var retries: Int
    public var startPeriod: Duration
    public var startInterval: Duration?
    public var position: SourcePosition

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

/// `ready:`: readiness beyond a health check. The first condition that holds is enough unless `requiresAll`.
public struct Ready: Hashable, Sendable {
    public enum Condition: Hashable, Sendable {
        /// The port takes connections.
        case tcp(UInt16)
        /// GET answers with `status`, or any of 200...399 where that is `nil`.
        case http(port: UInt16, path: String, status: Int?)
        /// A line of the service's output matches this regular expression.
        case log(String)
        /// The path exists in the container.
        case file(String)
        /// The program exits with 0 in the container.
        case exec([String])
    }

    public var conditions: [Condition]
    public var requiresAll: Bool
    /// How long it may take; 60 s unless told.
    public var timeout: Duration
    public var position: SourcePosition

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
