import OrderedCollections

/// How many containers a service has, and what happens around their start and end.
public struct Lifecycle: Hashable, Sendable {
    /// What happens when the service ends by itself.
    public var restart: RestartPolicy = .no
    /// How many containers (`scale`, `deploy.replicas`).
    public var replicas = 1
    /// Of a service that has been taken apart into its replicas: which one this is.
    public var replica: Replica?
    /// Run one after the other in the container once it is started.
    public var postStart: [Hook] = []
    /// Run one after the other in the container before it is stopped.
    public var preStop: [Hook] = []

    /// One container, which is not restarted.
    public init() {}
}

/// Which of a service's containers one is.
public struct Replica: Hashable, Sendable {
    /// The service as the file has it.
    public var service: String
    /// From 1.
    public var number: Int

    /// Puts the values together; nothing is checked.
    public init(service: String, number: Int) {
        self.service = service
        self.number = number
    }
}

/// When a container that has ended is started again.
public struct RestartPolicy: Hashable, Sendable {
    /// After which ends.
    public enum Condition: Hashable, Sendable {
        case never
        /// Not after exit code 0.
        case onFailure
        case always
    }

    /// After which ends.
    public var condition: Condition
    /// So often at most; `nil`: any number.
    public var maximumAttempts: Int?
    /// Between an end and the next start; `nil`: from 100 ms, doubling to a minute.
    public var delay: Duration?
    /// After so long a life earlier attempts do not count; `nil`: 10 s.
    public var window: Duration?

    /// Puts the values together; nothing is checked.
    public init(
        _ condition: Condition, maximumAttempts: Int? = nil, delay: Duration? = nil, window: Duration? = nil
    ) {
        self.condition = condition
        self.maximumAttempts = maximumAttempts
        self.delay = delay
        self.window = window
    }

    /// `restart: "no"`.
    public static let no = Self(.never)
}

/// An entry of `post_start` or `pre_stop`: a program that runs in the service's container.
public struct Hook: Hashable, Sendable {
    /// The program and its arguments; never empty.
    public var command: [String]
    /// `nil`: the service's.
    public var user: String?
    /// With every capability and without a filter of system calls.
    public var isPrivileged: Bool
    /// `nil`: the service's.
    public var workingDirectory: String?
    /// On top of the service's.
    public var environment: OrderedDictionary<String, String>
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(
        command: [String], user: String? = nil, isPrivileged: Bool = false, workingDirectory: String? = nil,
        environment: OrderedDictionary<String, String> = [:], position: SourcePosition
    ) {
        self.command = command
        self.user = user
        self.isPrivileged = isPrivileged
        self.workingDirectory = workingDirectory
        self.environment = environment
        self.position = position
    }
}
