import LinuxKernel

/// What a container may use at most.
public struct Limits: Hashable, Sendable {
    /// Bytes, at least 1; `nil`: no limit.
    ///
    /// Swap is limited to as much again, as Docker has it.
    public var memory: Int64?
    /// Processes and threads, at least 1; `nil`: no limit.
    public var pids: Int64?

    /// Takes the values as they are.
    public init(memory: Int64? = nil, pids: Int64? = nil) {
        self.memory = memory
        self.pids = pids
    }

    /// No limit.
    public static let none = Self()

    /// The controllers that the limits need.
    var controllers: [Controller] {
        (memory == nil ? [] : [.memory]) + (pids == nil ? [] : [.pids])
    }
}

/// What the host cannot give; the container runs without it.
public enum ControlGroupWarning: Hashable, Sendable, CustomStringConvertible {
    /// No group could be created; the reason for the last place that was tried.
    case noGroup(reason: String)
    /// A limit is not in force.
    case limitNotEnforced(Controller, reason: String)
    /// The memory limit is in force, but what is beyond it goes to swap without a limit.
    case swapNotLimited(reason: String)

    /// The sentence for the user.
    public var description: String {
        switch self {
        case .noGroup(let reason): "containers have no cgroup of their own: \(reason)"
        case .limitNotEnforced(.memory, let reason): "the memory limit is not enforced: \(reason)"
        case .limitNotEnforced(.pids, let reason): "the limit of processes is not enforced: \(reason)"
        case .limitNotEnforced(.freezer, let reason): "containers cannot be frozen: \(reason)"
        case .swapNotLimited(let reason): "the memory limit does not include swap: \(reason)"
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
