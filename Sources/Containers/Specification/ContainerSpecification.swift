import Addresses

/// A container as the launcher makes it: every name looked up, every path absolute, nothing left to decide.
public struct ContainerSpecification: Hashable, Sendable {
    /// Unique in the sandbox; names its directories and its control group: `[A-Za-z0-9][A-Za-z0-9._-]*`.
    public var name: String
    /// At most 64 bytes.
    public var hostname: String
    /// Unpacked layers on the host, the base first. At most 500 (overlayfs).
    public var layers: [String]
    /// The first process.
    public var process: ProcessSpecification
    /// Its interface.
    public var network: NetworkSpecification
    /// Mounted in this order.
    public var mounts: [MountSpecification]
    /// Configs and secrets.
    public var files: [FileSpecification]
    /// Contents of /etc/hosts and /etc/resolv.conf.
    public var hosts: String
    /// The content of /etc/resolv.conf.
    public var resolverConfiguration: String
    /// A reaping process is PID 1.
    public var hasInit: Bool
    /// The root file system can't be written.
    public var isReadOnly: Bool
    /// Nothing in /proc and /sys is masked or read-only, and devices can be made.
    public var isPrivileged: Bool
    /// Bytes of /dev/shm.
    public var shmSize: Int64
    /// Namespaces, devices and kernel parameters.
    public var isolation = IsolationSpecification()
    /// Bounds on processor, memory and disks.
    public var resources = ResourceSpecification()
    /// Bytes; `nil`: no limit.
    public var memoryLimit: Int64?
    /// A number of processes; `nil`: no limit.
    public var pidsLimit: Int64?

    /// Takes each property; see there.
    public init(
        name: String, hostname: String, layers: [String], process: ProcessSpecification, network: NetworkSpecification,
        mounts: [MountSpecification] = [], files: [FileSpecification] = [], hosts: String = "",
        resolverConfiguration: String = "", hasInit: Bool = false, isReadOnly: Bool = false,
        isPrivileged: Bool = false, shmSize: Int64 = 64 << 20, memoryLimit: Int64? = nil, pidsLimit: Int64? = nil
    ) {
        self.name = name
        self.hostname = hostname
        self.layers = layers
        self.process = process
        self.network = network
        self.mounts = mounts
        self.files = files
        self.hosts = hosts
        self.resolverConfiguration = resolverConfiguration
        self.hasInit = hasInit
        self.isReadOnly = isReadOnly
        self.isPrivileged = isPrivileged
        self.shmSize = shmSize
        self.memoryLimit = memoryLimit
        self.pidsLimit = pidsLimit
    }
}

/// A program to start, and as whom.
public struct ProcessSpecification: Hashable, Sendable {
    /// Never empty. A first one without a slash is looked up in the `PATH` of `environment`.
    public var arguments: [String]
    /// `NAME=value`.
    public var environment: [String]
    /// `user`, `user:group` or numbers, looked up in the container's /etc/passwd and /etc/group; empty: root.
    public var user: String
    /// An absolute path; made if it is missing.
    public var workingDirectory: String
    /// The bounding set, by upper-case names with `CAP_`.
    public var capabilities: [String]
    /// Set-user-ID and file capabilities have no effect (`PR_SET_NO_NEW_PRIVS`).
    public var noNewPrivileges: Bool
    /// Whether the sandbox's system-call filter for these capabilities is put on.
    public var isFiltered: Bool
    /// Applied in order.
    public var limits: [LimitSpecification]
    /// Supplementary groups, names or numbers, beyond the user's own.
    public var groups: [String] = []
    /// -1000...1000; `nil`: the caller's.
    public var oomScoreAdjustment: Int32?
    /// Instead of the sandbox's filter: the instructions of another; empty: none.
    public var filterProgram: [UInt8] = []
    /// Its standard streams become a terminal in the container.
    ///
    /// The first of the descriptors that come with it is a packet socket then, over which the terminal's other side is
    /// sent back.
    public var hasTerminal = false

    /// Takes each property; see there.
    public init(
        arguments: [String], environment: [String] = [], user: String = "", workingDirectory: String = "/",
        capabilities: [String] = [], noNewPrivileges: Bool = false, isFiltered: Bool = true,
        limits: [LimitSpecification] = []
    ) {
        self.arguments = arguments
        self.environment = environment
        self.user = user
        self.workingDirectory = workingDirectory
        self.capabilities = capabilities
        self.noNewPrivileges = noNewPrivileges
        self.isFiltered = isFiltered
        self.limits = limits
    }
}

/// A resource limit as setrlimit(2) takes it: `RLIMIT_…` number, soft and hard value, -1 for none.
public struct LimitSpecification: Hashable, Sendable {
    /// The limit's name without `RLIMIT_`, in lower case.
    public var name: String
    /// What is enforced.
    public var soft: Int64
    /// What the soft one may be raised to.
    public var hard: Int64

    /// Takes each property; see there.
    public init(name: String, soft: Int64, hard: Int64) {
        self.name = name
        self.soft = soft
        self.hard = hard
    }
}

/// The container's interface in the sandbox's network.
public struct NetworkSpecification: Hashable, Sendable {
    /// The interface's address.
    public var address: IPv4Address
    /// Bits of the network's prefix, 0...32.
    public var prefixLength: Int
    /// Where everything outside of the network is sent.
    public var gateway: IPv4Address

    /// Takes each property; see there.
    public init(address: IPv4Address, prefixLength: Int, gateway: IPv4Address) {
        self.address = address
        self.prefixLength = prefixLength
        self.gateway = gateway
    }
}

/// Something mounted in the container. Targets are resolved in the container's own root.
public struct MountSpecification: Hashable, Sendable {
    /// Where it comes from.
    public enum Source: Hashable, Sendable {
        /// A directory below the sandbox's own scratch space, made at first use.
        case ephemeralVolume(String)
        /// A directory on the host that holds a volume; it exists.
        case volume(path: String)
        /// A path on the host; `creates`: a missing one is made as a directory.
        case bind(path: String, creates: Bool)
        /// `size` in bytes.
        case tmpfs(size: Int64?, mode: UInt32)
    }

    /// What is mounted.
    public var source: Source
    /// An absolute path in the container.
    public var target: String
    /// It can't be written.
    public var isReadOnly: Bool
    /// An empty volume gets the image's content at `target`.
    public var fillsFromImage: Bool
    /// A path inside of a volume.
    public var subpath: String?
    /// Of a file system in memory.
    public var tmpfs = TmpfsSpecification()

    /// Takes each property; see there.
    public init(
        source: Source, target: String, isReadOnly: Bool = false, fillsFromImage: Bool = false, subpath: String? = nil
    ) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
        self.fillsFromImage = fillsFromImage
        self.subpath = subpath
    }
}

/// A read-only file in the container.
public struct FileSpecification: Hashable, Sendable {
    /// The bytes of the file.
    public var content: [UInt8]
    /// An absolute path in the container.
    public var target: String
    /// Names or numbers, looked up in the container; empty: 0.
    public var uid: String
    /// As `uid`, the group.
    public var gid: String
    /// Permission bits.
    public var mode: UInt32

    /// Takes each property; see there.
    public init(content: [UInt8], target: String, uid: String = "", gid: String = "", mode: UInt32 = 0o444) {
        self.content = content
        self.target = target
        self.uid = uid
        self.gid = gid
        self.mode = mode
    }
}
