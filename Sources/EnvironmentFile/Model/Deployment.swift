import OrderedCollections

/// What `deploy:` says beyond limits (``Service/memoryLimit``, ``ResourceBounds``), replicas and restarts (``Lifecycle``):
/// how an orchestrator spreads and updates the service's containers.
public struct Deployment: Hashable, Sendable {
    /// `mode`.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        case replicated, global
        case replicatedJob = "replicated-job"
        case globalJob = "global-job"
    }

    /// How the service is found by its name.
    public enum EndpointMode: String, Hashable, Sendable, CaseIterable {
        /// One address for all containers.
        case vip
        /// The address of each.
        case dnsrr
    }

    /// Whether there is a given number of containers, or one on each machine.
    public var mode = Mode.replicated
    /// `nil`: the engine's choice.
    public var endpointMode: EndpointMode?
    /// Metadata of the service, not of its containers.
    public var labels: OrderedDictionary<String, String> = [:]
    /// On which machines it runs.
    public var placement = Placement()
    /// How it is updated.
    public var update: UpdatePolicy?
    /// How an update is taken back.
    public var rollback: UpdatePolicy?
    /// What is set aside for it besides memory (``ResourceBounds/memoryReservation``).
    public var reservations = Reservations()

    /// Replicated, and nothing else.
    public init() {}

    /// `placement`.
    public struct Placement: Hashable, Sendable {
        /// As written: `node.role == manager`.
        public var constraints: [Located<String>] = []
        /// Labels over whose values containers are spread.
        public var spread: [String] = []
        /// At most so many on one machine; `nil`: any number.
        public var maximumPerNode: Int64?
    }

    /// `update_config` or `rollback_config`.
    public struct UpdatePolicy: Hashable, Sendable {
        /// Whether the old container stops first or the new one starts first.
        public enum Order: String, Hashable, Sendable, CaseIterable {
            case stopFirst = "stop-first"
            case startFirst = "start-first"
        }

        /// What happens when an update fails.
        public enum FailureAction: String, Hashable, Sendable, CaseIterable {
            case pause, `continue`, rollback
        }

        /// So many containers at a time; 0: all.
        public var parallelism: Int64 = 1
        /// Between two groups of containers.
        public var delay: Duration = .zero
        /// `nil`: the default of whoever updates.
        public var failureAction: FailureAction?
        /// How long to look for failures; `nil`: the default of whoever updates.
        public var monitor: Duration?
        /// 0...1: the part of containers that may fail.
        public var maximumFailureRatio: Double = 0
        /// Which of the two comes first.
        public var order = Order.stopFirst
        /// Where it is in the file.
        public var position: SourcePosition

        /// One container after the other, the old one stopped first.
        public init(position: SourcePosition) { self.position = position }
    }

    /// `resources.reservations`.
    public struct Reservations: Hashable, Sendable {
        /// Processors' worth of time.
        public var processors: Double?
        /// `devices`.
        public var devices: [DeviceRequest] = []
        /// `generic_resources`: how many of what the operator has defined, by its name.
        public var genericResources: OrderedDictionary<String, Int64> = [:]
    }
}

/// An entry of `gpus`, or of a reservation's `devices`.
public struct DeviceRequest: Hashable, Sendable {
    /// Which devices.
    public enum Choice: Hashable, Sendable {
        case all
        /// So many of them, above 0.
        case count(Int64)
        /// These, by the driver's identifiers.
        case identifiers([String])
    }

    /// What they have to be capable of, such as `gpu`.
    public var capabilities: [String]
    /// Whose they are, such as `nvidia`.
    public var driver: String?
    /// Which ones.
    public var choice: Choice
    /// Options of the driver.
    public var options: OrderedDictionary<String, String>
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(
        capabilities: [String], driver: String? = nil, choice: Choice = .all,
        options: OrderedDictionary<String, String> = [:], position: SourcePosition
    ) {
        self.capabilities = capabilities
        self.driver = driver
        self.choice = choice
        self.options = options
        self.position = position
    }
}
