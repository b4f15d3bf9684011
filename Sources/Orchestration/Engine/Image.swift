/// Which image a service wants.
public struct ImageRequest: Hashable, Sendable {
    /// Where an image comes from.
    public enum Source: Hashable, Sendable {
        /// A reference in the store.
        case reference(String)
        /// An image made of the distribution's packages; `tag` is a name that the result gets besides.
        case packages([String], distribution: String?, tag: String?)
    }

    /// Where it comes from.
    public var source: Source
    /// When it is fetched or made again.
    public var policy: PullPolicy
    /// `linux/arm64` and the like; `nil`: this machine's.
    public var platform: String?

    /// A request for that image.
    public init(_ source: Source, policy: PullPolicy = .missing, platform: String? = nil) {
        (self.source, self.policy, self.platform) = (source, policy, platform)
    }

    /// The reference, or the packages, for people.
    public var name: String {
        switch source {
        case .reference(let name): name
        case .packages(let packages, _, let tag): tag ?? packages.joined(separator: "+")
        }
    }
}

/// How far the preparation of an image has come.
public struct ImageProgress: Hashable, Sendable {
    /// What is being done, e.g. `resolving packages`, `unpacking postgresql-15`.
    public var step: String
    /// 0...1 where it is known.
    public var fraction: Double?

    /// A step; how far it is may be unknown.
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
        /// After which a look has failed.
        public var timeout: Duration?
        /// In which failures don't count.
        public var startPeriod: Duration?
        /// So many failures in a row are unhealthy.
        public var retries: Int?

        /// A check; what isn't given is left open.
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
    /// The image's entry point; empty: none.
    public var entrypoint: [String] = []
    /// What the entry point is given, or the program itself; empty: none.
    public var command: [String] = []
    /// `NAME=value`, in the image's order.
    public var environment: [String] = []
    /// `user`, `user:group` or numbers; empty: root.
    public var user: String = ""
    /// Empty: `/`.
    public var workingDirectory: String = ""
    /// Paths that the image declares as volumes, sorted.
    public var volumes: [String] = []
    /// A name such as `SIGQUIT`, or a number; `nil`: SIGTERM.
    public var stopSignal: String?
    /// `nil`: the image has none.
    public var healthcheck: Healthcheck?
    /// The TCP ports that the image says it listens on, in ascending order.
    public var exposedPorts: [UInt16] = []

    /// An image without any defaults.
    public init(digest: String, reference: String) {
        self.digest = digest
        self.reference = reference
    }
}
