import OrderedCollections

/// What of the machine a service's processes see: namespaces, devices, kernel parameters.
public struct Isolation: Hashable, Sendable {
    /// Whose processes are seen (`pid:`).
    public var processes: NamespaceMode = .own
    /// Whose System V IPC, message queues and /dev/shm are used (`ipc:`).
    public var ipc: IPCMode = .shareable
    /// The host and domain name are this machine's (`uts: host`).
    public var usesHostName = false
    /// `domainname`; `nil`: none.
    public var domainName: String?
    /// Supplementary groups, names or numbers, looked up in the image (`group_add`).
    public var groups: [String] = []
    /// By the name with dots (`net.core.somaxconn`).
    public var sysctls: OrderedDictionary<String, Located<String>> = [:]
    /// -1000...1000; `nil`: the caller's.
    public var oomScoreAdjustment: Int32?
    /// Devices of this machine.
    public var devices: [DeviceMapping] = []
    /// `device_cgroup_rules`: what may be used beyond the default devices and ``devices``.
    public var deviceRules: [Located<String>] = []
    /// A profile for system calls in Docker's format, by absolute path (`security_opt: seccomp=FILE`).
    public var seccompProfile: Located<String>?
    /// The standard streams are a terminal (`tty`).
    public var hasTerminal = false
    /// The standard input stays open (`stdin_open`).
    public var keepsInputOpen = false
    /// Metadata for tools that look at containers.
    public var annotations: OrderedDictionary<String, String> = [:]
    /// Services whose mounts this one has too.
    public var volumesFrom: [VolumesFrom] = []

    /// As a service has it that says nothing.
    public init() {}
}

/// Whose namespace a container is in.
public enum NamespaceMode: Hashable, Sendable {
    case own
    /// The environment's: what all its services that ask for it share.
    case host
    case service(String)
}

/// Whose System V IPC and POSIX shared memory a container uses.
public enum IPCMode: Hashable, Sendable {
    /// Its own, without /dev/shm.
    case none
    /// Its own.
    case `private`
    /// Its own, and others may join it.
    case shareable
    /// The environment's.
    case host
    case service(String)
}

/// An entry of `devices:`.
public struct DeviceMapping: Hashable, Sendable {
    /// A device, or a directory of devices, on the host.
    public var source: String
    /// Where it is in the container.
    public var target: String
    /// Some of `r`, `w` and `m` (mknod).
    public var permissions: String
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(source: String, target: String, permissions: String = "rwm", position: SourcePosition) {
        self.source = source
        self.target = target
        self.permissions = permissions
        self.position = position
    }
}

/// An entry of `volumes_from:`.
public struct VolumesFrom: Hashable, Sendable {
    /// The service whose mounts are taken.
    public var service: String
    /// They can't be written through here.
    public var isReadOnly: Bool
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(service: String, isReadOnly: Bool, position: SourcePosition) {
        self.service = service
        self.isReadOnly = isReadOnly
        self.position = position
    }
}

/// Options of a file system in memory beyond its size and mode (tmpfs(5), mount(8)).
public struct TmpfsOptions: Hashable, Sendable {
    /// The owner of its root, a number.
    public var user: UInt32?
    /// The group of its root, a number.
    public var group: UInt32?
    /// Files and directories that it can hold.
    public var inodes: Int64?
    /// Programs may be run from it (`exec`).
    public var isExecutable = false
    /// Set-user-ID bits have an effect (`suid`).
    public var allowsSetUserID = false
    /// Devices can be opened (`dev`).
    public var allowsDevices = false

    /// As Docker mounts one: no programs, no set-user-ID bits, no devices.
    public init() {}
}
