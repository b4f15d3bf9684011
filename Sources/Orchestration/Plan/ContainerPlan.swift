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
    /// Supplementary groups, names or numbers, beyond the user's own.
    public var groups: [String] = []
    /// -1000...1000; `nil`: the caller's.
    public var oomScoreAdjustment: Int32?
    /// With every capability and no filter, whatever the container has.
    public var isPrivileged = false

    /// A process; the user is root and the directory `/` unless told.
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
    /// At most 64 bytes.
    public var hostname: String
    /// Whose layers are the container's file system.
    public var image: PreparedImage
    /// The first process.
    public var process: ProcessPlan
    /// Where it is reached from inside of the sandbox, or, on the host's network, from the host.
    ///
    /// Its address on its first network; 127.0.0.1 where it is on none.
    public var address: IPv4Address
    /// How it is connected.
    public var networking: NetworkingPlan
    /// The lines of /etc/hosts beyond the loopback's: every service that it shares a network with.
    public var hosts: [HostEntry]
    /// Parents before what is mounted inside of them.
    public var mounts: [MountPlan]
    /// Configs and secrets.
    public var files: [FilePlan]
    /// What must hold before it is started; all of them are in the plan.
    public var dependencies: [Dependency]
    /// `nil`: it is ready as soon as it runs.
    public var readiness: ReadinessPlan?
    /// A reaping process is PID 1 and `process` its child.
    public var hasInit: Bool
    /// The root file system can't be written to; mounts can.
    public var isReadOnly: Bool
    /// Every capability, all devices, no filter of system calls.
    public var isPrivileged: Bool
    /// `security_opt: no-new-privileges`.
    public var noNewPrivileges: Bool
    /// `security_opt: seccomp=unconfined`.
    public var isSeccompUnconfined: Bool
    /// Instead of the default filter: a profile in Docker's format, by absolute path on the host.
    public var seccompProfile: Located<String>?
    /// What of the machine it sees.
    public var isolation = IsolationPlan()
    /// Bounds on processor, memory and disks.
    public var resources = ResourceBounds()
    /// Restarts and hooks.
    public var lifecycle = LifecyclePlan()
    /// What is kept of what it prints.
    public var logging = LogLimits()
    /// Upper-case names with `CAP_`, sorted: the bounding set after `cap_add` and `cap_drop`.
    public var capabilities: [String]
    /// In the order of the file.
    public var limits: [LimitPlan]
    /// Bytes; `nil`: none.
    public var memoryLimit: Int64?
    /// A number of processes; `nil` or -1: no limit.
    public var pidsLimit: Int64?
    /// Bytes of /dev/shm.
    public var shmSize: Int64
    /// How it is ended.
    public var stop: StopPlan
    /// The service's entry in the file.
    public var position: SourcePosition

    /// A container; what isn't given is as Docker has it.
    public init(
        name: String, hostname: String, image: PreparedImage, process: ProcessPlan, address: IPv4Address,
        networking: NetworkingPlan = NetworkingPlan(), hosts: [HostEntry] = [], mounts: [MountPlan] = [],
        files: [FilePlan] = [], dependencies: [Dependency] = [],
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
        self.networking = networking
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

/// One mount of a container.
public struct MountPlan: Hashable, Sendable {
    /// What is mounted.
    public enum Source: Hashable, Sendable {
        /// A ``VolumePlan``'s name; `fillsFromImage`: if it is empty, the image's content at the target is copied in.
        case volume(String, subpath: String?, fillsFromImage: Bool)
        case bind(path: String, createHostPath: Bool)
        case tmpfs(size: Int64?, mode: UInt32)
    }

    /// What is mounted.
    public var source: Source
    /// An absolute path in the container.
    public var target: String
    /// Nothing can be written through this mount.
    public var isReadOnly: Bool
    /// Of a file system in memory.
    public var tmpfs = TmpfsOptions()
    /// The mount's entry in the file, or the service's.
    public var position: SourcePosition

    /// A mount at that target.
    public init(source: Source, target: String, isReadOnly: Bool, position: SourcePosition) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
        self.position = position
    }
}

/// A config or secret: a read-only file in the container.
public struct FilePlan: Hashable, Sendable {
    /// Where the bytes come from.
    public var source: FileObject.Source
    /// An absolute path in the container.
    public var target: String
    /// `nil`: 0. Names are looked up in the image.
    public var uid: String?
    /// `nil`: 0. Names are looked up in the image.
    public var gid: String?
    /// The permission bits.
    public var mode: UInt32
    /// The service's use of the config or secret.
    public var position: SourcePosition

    /// A file, readable for all and root's unless told.
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
    /// As in getrlimit(2), such as `nofile`.
    public var name: String
    /// What is in force.
    public var soft: Int64
    /// Up to which the process may raise it.
    public var hard: Int64

    /// A limit of that name.
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
    /// How long after the signal everything is killed.
    public var gracePeriod: Duration
    /// Whether the signal is sent and waited for at all: not where the state is thrown away anyway.
    public var isGraceful: Bool

    /// A stop by SIGTERM, ungraceful unless told.
    public init(signal: Int32 = 15, gracePeriod: Duration = .seconds(10), isGraceful: Bool = false) {
        self.signal = signal
        self.gracePeriod = gracePeriod
        self.isGraceful = isGraceful
    }
}

/// When a container counts as ready.
public struct ReadinessPlan: Hashable, Sendable {
    /// The `ready` conditions; empty: only the health check counts.
    public var conditions: [Ready.Condition]
    /// The health check's command with `CMD` and `CMD-SHELL` resolved to a program and arguments.
    public var healthcheck: HealthcheckPlan?
    /// All `conditions` must hold, not only one.
    public var requiresAll: Bool
    /// For `conditions`; the health check has its own bounds.
    public var timeout: Duration

    /// Readiness by conditions, a health check or both.
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
    /// The program, run in the container, and its arguments; never empty.
    public var arguments: [String]
    /// The longest pause between two looks, and the shortest between two failures that count.
    public var interval: Duration
    /// After which a look is killed and has failed.
    public var timeout: Duration
    /// So many failures in a row are unhealthy.
    public var retries: Int
    /// In which failures don't count.
    public var startPeriod: Duration
    /// The longest pause during the start period; `nil`: `interval`.
    public var startInterval: Duration?

    /// A health check; what isn't given is as Docker has it.
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
