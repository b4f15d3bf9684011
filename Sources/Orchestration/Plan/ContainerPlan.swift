import Addresses
import EnvironmentFile

/// A program and the surroundings it is started in.
public struct ProcessPlan: Hashable, Sendable {
    /// The program, looked up in `PATH` if it has no slash, and its arguments. Never empty.
    public var arguments: [String]
    /// `NAME=value`; no name twice.
    public var environment: [String]
    /// `user`, `user:group` or numbers, looked up in the image; empty: root. Ignored on the host.
    public var user: String
    /// An absolute path; made if missing in a container.
    public var workingDirectory: String

    public init(
        arguments: [String], environment: [String] = [], user: String = "", workingDirectory: String = "/"
    ) {
        self.arguments = arguments
        self.environment = environment
        self.user = user
        self.workingDirectory = workingDirectory
    }
}

/// One container, resolved down to what the kernel is told.
public struct ContainerPlan: Hashable, Sendable {
    /// The service's name; unique in the plan.
    public var name: String
    public var hostname: String
    public var image: PreparedImage
    public var process: ProcessPlan
    public var address: IPv4Address
    /// The lines of /etc/hosts beyond the loopback's: every service of the plan.
    public var hosts: [HostEntry]
    public var mounts: [MountPlan]
    /// Configs and secrets.
    public var files: [FilePlan]
    public var dependencies: [Dependency]
    public var readiness: ReadinessPlan?
    public var hasInit: Bool
    public var isReadOnly: Bool
    public var isPrivileged: Bool
    public var noNewPrivileges: Bool
    /// `security_opt: seccomp=unconfined`.
    public var isSeccompUnconfined: Bool
    /// Upper-case names with `CAP_`, sorted: the bounding set after `cap_add` and `cap_drop`.
    public var capabilities: [String]
    public var limits: [LimitPlan]
    /// Bytes; `nil`: none.
    public var memoryLimit: Int64?
    public var pidsLimit: Int64?
    /// Bytes of /dev/shm.
    public var shmSize: Int64
    public var stop: StopPlan
    public var position: SourcePosition

    public init(
        name: String, hostname: String, image: PreparedImage, process: ProcessPlan, address: IPv4Address,
        hosts: [HostEntry] = [], mounts: [MountPlan] = [], files: [FilePlan] = [], dependencies: [Dependency] = [],
        readiness: ReadinessPlan? = nil, hasInit: Bool = false, isReadOnly: Bool = false, isPrivileged: Bool = false,
        noNewPrivileges: Bool = false, isSeccompUnconfined: Bool = false, capabilities: [String] = [],
        limits: [LimitPlan] = [], memoryLimit: Int64? = nil, pidsLimit: Int64? = nil, shmSize: Int64 = 64 << 20,
        stop: StopPlan = StopPlan(), position: SourcePosition
    ) {
        self.name = name
        self.hostname = hostname
        self.image = image
        self.process = process
        self.address = address
        self.hosts = hosts
        self.mounts = mounts
        self.files = files
        self.dependencies = dependencies
        self.readiness = readiness
        self.hasInit = hasInit
        self.isReadOnly = isReadOnly
        self.isPrivileged = isPrivileged
        self.noNewPrivileges = noNewPrivileges
        self.isSeccompUnconfined = isSeccompUnconfined
        self.capabilities = capabilities
        self.limits = limits
        self.memoryLimit = memoryLimit
        self.pidsLimit = pidsLimit
        self.shmSize = shmSize
        self.stop = stop
        self.position = position
    }
}

/// A line of /etc/hosts.
public struct HostEntry: Hashable, Sendable {
    public var address: IPv4Address
    public var names: [String]

    public init(address: IPv4Address, names: [String]) {
        self.address = address
        self.names = names
    }
}

/// One mount of a container.
public struct MountPlan: Hashable, Sendable {
    public enum Source: Hashable, Sendable {
        /// A ``VolumePlan``'s name; `fillsFromImage`: if it is empty, the image's content at the target is copied in.
        case volume(String, subpath: String?, fillsFromImage: Bool)
        case bind(path: String, createHostPath: Bool)
        case tmpfs(size: Int64?, mode: UInt32)
    }

    public var source: Source
    public var target: String
    public var isReadOnly: Bool
    public var position: SourcePosition

    public init(source: Source, target: String, isReadOnly: Bool, position: SourcePosition) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
        self.position = position
    }
}

/// A config or secret: a read-only file in the container.
public struct FilePlan: Hashable, Sendable {
    public var source: FileObject.Source
    public var target: String
    /// `nil`: 0. Names are looked up in the image.
    public var uid: String?
    public var gid: String?
    public var mode: UInt32
    public var position: SourcePosition

    public init(
        source: FileObject.Source, target: String, uid: String? = nil, gid: String? = nil, mode: UInt32 = 0o444,
        position: SourcePosition
    ) {
        self.source = source
        self.target = target
        self.uid = uid
        self.gid = gid
        self.mode = mode
        self.position = position
    }
}

/// A resource limit by its name without `RLIMIT_`, in lower case; -1 is no limit.
public struct LimitPlan: Hashable, Sendable {
    public var name: String
    public var soft: Int64
    public var hard: Int64

    public init(name: String, soft: Int64, hard: Int64) {
        self.name = name
        self.soft = soft
        self.hard = hard
    }
}

/// How a container is ended.
public struct StopPlan: Hashable, Sendable {
    /// The signal's number.
    public var signal: Int32
    public var gracePeriod: Duration
    /// Whether the signal is sent and waited for at all: not where the state is thrown away anyway.
    public var isGraceful: Bool

    public init(signal: Int32 = 15, gracePeriod: Duration = .seconds(10), isGraceful: Bool = false) {
        self.signal = signal
        self.gracePeriod = gracePeriod
        self.isGraceful = isGraceful
    }
}

/// When a container counts as ready.
public struct ReadinessPlan: Hashable, Sendable {
    public var conditions: [Ready.Condition]
    /// The health check's command with `CMD` and `CMD-SHELL` resolved to a program and arguments.
    public var healthcheck: HealthcheckPlan?
    public var requiresAll: Bool
    /// For `conditions`; the health check has its own bounds.
    public var timeout: Duration

    public init(
        conditions: [Ready.Condition] = [], healthcheck: HealthcheckPlan? = nil, requiresAll: Bool = false,
        timeout: Duration = .seconds(60)
    ) {
        self.conditions = conditions
        self.healthcheck = healthcheck
        self.requiresAll = requiresAll
        self.timeout = timeout
    }
}

/// A health check with every default filled in.
public struct HealthcheckPlan: Hashable, Sendable {
    public var arguments: [String]
    public var interval: Duration
    public var timeout: Duration
    public var retries: Int
    public var startPeriod: Duration
    public var startInterval: Duration?

    public init(
        arguments: [String], interval: Duration = .seconds(30), timeout: Duration = .seconds(30), retries: Int = 3,
        startPeriod: Duration = .zero, startInterval: Duration? = nil
    ) {
        self.arguments = arguments
        self.interval = interval
        self.timeout = timeout
        self.retries = retries
        self.startPeriod = startPeriod
        self.startInterval = startInterval
    }
}
