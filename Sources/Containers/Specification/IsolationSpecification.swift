/// What of the machine a container sees, beyond its file system and network.
public struct IsolationSpecification: Hashable, Sendable {
    /// Whose namespace it is in.
    public enum Namespace: Hashable, Sendable {
        case own
        /// That of the sandbox itself.
        case sandbox
        /// That of a running container.
        case container(String)
    }

    /// The PID namespace.
    public var processes: Namespace = .own
    /// The IPC namespace.
    public var ipc: Namespace = .own
    /// There is no /dev/shm.
    public var lacksSharedMemory = false
    /// The name of a /dev/shm that several containers have; `nil`: one of its own.
    public var sharedMemory: String?
    /// The host name is this machine's.
    public var usesHostName = false
    /// `NAME=value`, the names with dots; only such as belong to a namespace.
    public var kernelParameters: [String] = []
    /// Nothing in /proc and /sys is masked or read-only.
    public var hasUnmaskedPaths = false
    /// Made in the container.
    public var devices: [DeviceSpecification] = []
    /// `TYPE MAJOR:MINOR ACCESS`: all that it may use; `nil`: what every container of the sandbox may.
    public var deviceRules: [String]?

    /// As a container has it that asks for nothing.
    public init() {}
}

/// A device node in a container.
public struct DeviceSpecification: Hashable, Sendable {
    /// An absolute path in the container.
    public var path: String
    /// An absolute path on the host.
    public var source: String
    /// A block device, not a character device.
    public var isBlock: Bool
    /// The device's numbers.
    public var major: UInt32
    /// The device's numbers.
    public var minor: UInt32
    /// Permission bits.
    public var mode: UInt32
    /// The owner's number.
    public var user: UInt32
    /// The group's number.
    public var group: UInt32

    /// Takes each property; see there.
    public init(
        path: String, source: String, isBlock: Bool, major: UInt32, minor: UInt32, mode: UInt32 = 0o666,
        user: UInt32 = 0, group: UInt32 = 0
    ) {
        self.path = path
        self.source = source
        self.isBlock = isBlock
        self.major = major
        self.minor = minor
        self.mode = mode
        self.user = user
        self.group = group
    }
}

/// Options of a file system in memory; see tmpfs(5).
public struct TmpfsSpecification: Hashable, Sendable {
    /// The owner of its root; `nil`: 0.
    public var user: UInt32?
    /// The group of its root; `nil`: 0.
    public var group: UInt32?
    /// How many files it can hold; `nil`: as the kernel has it.
    public var inodes: Int64?
    /// Programs may be run from it.
    public var isExecutable = false
    /// Set-user-ID bits have an effect.
    public var allowsSetUserID = false
    /// Devices can be opened.
    public var allowsDevices = false

    /// No programs, no set-user-ID bits, no devices.
    public init() {}
}
