/// One container of an environment, as it is listed.
public struct ServiceRecord: Codable, Hashable, Sendable {
    /// A port of the host that leads to it.
    public struct Port: Codable, Hashable, Sendable {
        /// The host's address.
        public var address: String
        /// The host's port.
        public var published: UInt16
        /// The container's port.
        public var target: UInt16
        /// `tcp` or `udp`.
        public var transport: String

        /// Takes each property; see there.
        public init(address: String, published: UInt16, target: UInt16, transport: String) {
            self.address = address
            self.published = published
            self.target = target
            self.transport = transport
        }
    }

    /// The service as the file has it.
    public var service: String
    /// Unique in the environment.
    public var container: String
    /// Among its service's containers, from 1.
    public var number: Int
    /// The image's name.
    public var image: String
    /// The image's digest.
    public var digest: String
    /// The program and its arguments.
    public var command: [String]
    /// `created`, `waiting`, `starting`, `running`, `paused`, `restarting`, `stopping`, `exited` or `failed`.
    public var state: String
    /// `starting`, `healthy` or `unhealthy`; `nil`: nothing says.
    public var health: String?
    /// As a shell has it; `nil`: it runs, or never did.
    public var exitCode: Int32?
    /// Why it waits or has failed.
    public var reason: String?
    /// Seconds since 1970.
    public var startedAt: Double?
    /// Seconds since 1970.
    public var endedAt: Double?
    /// How often its policy has started it again.
    public var restarts: Int
    /// Where it is reached inside of the environment.
    public var address: String
    /// What is open now.
    public var ports: [Port]
    /// The container that the service's names and ports lead to, where a switch-over keeps this one beside it.
    public var beside: String?

    /// Takes each property; see there.
    public init(
        service: String, container: String, number: Int, image: String, digest: String, command: [String],
        state: String, health: String?, exitCode: Int32?, reason: String?, startedAt: Double?, endedAt: Double?,
        restarts: Int, address: String, ports: [Port]
    ) {
        self.service = service
        self.container = container
        self.number = number
        self.image = image
        self.digest = digest
        self.command = command
        self.state = state
        self.health = health
        self.exitCode = exitCode
        self.reason = reason
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.restarts = restarts
        self.address = address
        self.ports = ports
    }
}
