/// Which image a service wants.
public struct ImageRequest: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        /// A reference in the store.
        case reference(String)
        /// An image made of the distribution's packages; `tag` is a name that the result gets besides.
        case packages([String], distribution: String?, tag: String?)
    }

    public var source: Source

    public init(_ source: Source) { self.source = source }
}

/// How far the preparation of an image has come.
public struct ImageProgress: Hashable, Sendable {
    /// What is being done, e.g. `resolving packages`, `unpacking postgresql-15`.
    public var step: String
    /// 0...1 where it is known.
    public var fraction: Double?

    public init(step: String, fraction: Double? = nil) {
        self.step = step
        self.fraction = fraction
    }
}

/// An image that is ready to boot, with the defaults that its configuration gives (OCI image-spec, config.md).
public struct PreparedImage: Hashable, Sendable {
    /// The health check of an image's configuration (Docker's extension of the OCI configuration).
    public struct Healthcheck: Hashable, Sendable {
        /// `["CMD", …]`, `["CMD-SHELL", …]` or `["NONE"]`.
        public var test: [String]
        /// `nil` where the image does not say.
        public var interval: Duration?
        public var timeout: Duration?
        public var startPeriod: Duration?
        public var retries: Int?

        public init(
            test: [String], interval: Duration? = nil, timeout: Duration? = nil, startPeriod: Duration? = nil,
            retries: Int? = nil
        ) {
            self.test = test
            self.interval = interval
            self.timeout = timeout
            self.startPeriod = startPeriod
            self.retries = retries
        }
    }

    /// The manifest's digest, `sha256:…`.
    public var digest: String
    /// The name by which it was asked for.
    public var reference: String
    public var entrypoint: [String] = []
    public var command: [String] = []
    /// `NAME=value`, in the image's order.
    public var environment: [String] = []
    public var user: String = ""
    public var workingDirectory: String = ""
    /// Paths that the image declares as volumes, sorted.
    public var volumes: [String] = []
    public var stopSignal: String?
    public var healthcheck: Healthcheck?
    /// The TCP ports that the image says it listens on, in ascending order.
    public var exposedPorts: [UInt16] = []

    public init(digest: String, reference: String) {
        self.digest = digest
        self.reference = reference
    }
}
