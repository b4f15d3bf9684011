import LinuxKernel

/// What a container may use at most, and its weight against others.
public struct Limits: Hashable, Sendable {
    /// Bytes, at least 1; `nil`: no limit.
    ///
    /// Swap is limited to as much again, as Docker has it, unless ``memoryAndSwap`` says otherwise.
    public var memory: Int64?
    /// Processes and threads, at least 1; `nil`: no limit.
    public var pids: Int64?
    /// Bytes of memory and swap together; -1: swap is not limited; `nil`: twice ``memory``.
    public var memoryAndSwap: Int64?
    /// 0...100; version 1 only.
    public var swappiness: Int64?
    /// Bytes that are reclaimed last.
    public var memoryReservation: Int64?
    /// Processes wait for memory instead of being killed; version 1 only.
    public var disablesOutOfMemoryKill = false
    /// Microseconds of processor time in each period; -1: no limit.
    public var processorQuota: Int64?
    /// Microseconds, 1000...1000000; `nil`: 100000.
    public var processorPeriod: Int64?
    /// As version 1 weighs, 2...262144, of which 1024 is usual.
    public var processorShares: Int64?
    /// Which processors, `0-3,7`.
    public var processorSet: String?
    /// The weight at disks, 10...1000.
    public var diskWeight: Int64?
    /// By disk.
    public var disks: [DiskLimit] = []

    /// Takes the values as they are.
    public init(memory: Int64? = nil, pids: Int64? = nil) {
        self.memory = memory
        self.pids = pids
    }

    /// No limit.
    public static let none = Self()

    /// The controllers that the limits need.
    var controllers: [Controller] {
        let needsMemory =
            memory != nil || memoryAndSwap != nil || swappiness != nil || memoryReservation != nil
            || disablesOutOfMemoryKill
        let needsProcessor = processorQuota != nil || processorPeriod != nil || processorShares != nil
        return (needsMemory ? [.memory] : []) + (pids == nil ? [] : [.pids]) + (needsProcessor ? [.cpu] : [])
            + (processorSet == nil ? [] : [.cpuset]) + (diskWeight == nil && disks.isEmpty ? [] : [.blkio])
    }
}

/// A bound at one disk.
public struct DiskLimit: Hashable, Sendable {
    /// What is bounded.
    public enum Kind: UInt8, Hashable, Sendable {
        case weight = 0
        case readBytes, writeBytes, readOperations, writeOperations
    }

    /// What is bounded.
    public var kind: Kind
    /// The device's numbers.
    public var major: UInt32
    /// The device's numbers.
    public var minor: UInt32
    /// A weight, or bytes or operations in a second.
    public var value: Int64

    /// Takes the values as they are.
    public init(_ kind: Kind, major: UInt32, minor: UInt32, value: Int64) {
        self.kind = kind
        self.major = major
        self.minor = minor
        self.value = value
    }
}

/// What the host cannot give; the container runs without it.
public enum ControlGroupWarning: Hashable, Sendable, CustomStringConvertible {
    /// No group could be created; the reason for the last place that was tried.
    case noGroup(reason: String)
    /// Limits of a kind are not in force.
    case limitNotEnforced(Controller, reason: String)
    /// One setting is not in force.
    case settingNotEnforced(String, reason: String)
    /// The memory limit is in force, but what is beyond it goes to swap without a limit.
    case swapNotLimited(reason: String)
    /// Devices are not bounded by rules.
    case devicesNotRestricted(reason: String)

    /// The sentence for the user.
    public var description: String {
        switch self {
        case .noGroup(let reason): "containers have no cgroup of their own: \(reason)"
        case .limitNotEnforced(let controller, let reason): "\(Self.subject(controller)): \(reason)"
        case .settingNotEnforced(let setting, let reason): "\(setting) is not enforced: \(reason)"
        case .swapNotLimited(let reason): "the memory limit does not include swap: \(reason)"
        case .devicesNotRestricted(let reason): "the rules for devices are not enforced: \(reason)"
        }
    }

    private static func subject(_ controller: Controller) -> String {
        switch controller {
        case .memory: "the memory limit is not enforced"
        case .pids: "the limit of processes is not enforced"
        case .freezer: "containers cannot be frozen"
        case .cpu: "the limit of processor time is not enforced"
        case .cpuacct: "processor time is not accounted for"
        case .cpuset: "the choice of processors is not enforced"
        case .blkio: "limits of disks are not enforced"
        case .devices: "the rules for devices are not enforced"
        }
    }
}

/// A failure that is not the host's poverty.
public enum ControlGroupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A name that is no single path component of 1 to 255 bytes.
    case invalidName(String)
    /// A limit below 1.
    case invalidLimit(Controller, Int64)
    /// Processes in the group did not end in time.
    case stillPopulated(String)
    /// What the kernel refused.
    case system(SystemCallError)

    /// The sentence for the user.
    public var description: String {
        switch self {
        case .invalidName(let name): "'\(name)' cannot be the name of a cgroup"
        case .invalidLimit(let controller, let value): "a \(controller.rawValue) limit of \(value) is below 1"
        case .stillPopulated(let name): "processes in cgroup \(name) did not end in time"
        case .system(let error): error.description
        }
    }
}
