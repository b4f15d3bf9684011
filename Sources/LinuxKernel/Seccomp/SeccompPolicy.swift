/// Which system calls a process may make, before it is known for whom and where.
///
/// Has the shape of the profiles that Docker reads: a default, and rules that hold for some capabilities,
/// architectures and kernels.
public struct SeccompPolicy: Hashable, Sendable {
    /// For calls that no rule is about.
    public var defaultAction: SeccompAction
    /// Any order: for one call, rules with and without conditions are alternatives.
    public var rules: [SeccompRule]
    /// Names that the installed libseccomp may be too old to know.
    ///
    /// Such a call is then answered with `ENOSYS`, as by a kernel without it. Any other unknown name is an error.
    public var optionalNames: Set<String>

    /// Takes the values as they are.
    public init(defaultAction: SeccompAction, rules: [SeccompRule], optionalNames: Set<String> = []) {
        self.defaultAction = defaultAction
        self.rules = rules
        self.optionalNames = optionalNames
    }

    /// The rules that hold for a process on a host.
    func resolved(_ capabilities: CapabilitySet, architecture: String, kernel: KernelVersion) -> [SeccompRule] {
        rules.filter { rule in
            rule.requirement.isMet(capabilities, architecture: architecture, kernel: kernel)
                && !rule.exclusion.isHit(capabilities, architecture: architecture)
                && rule.action != defaultAction
        }
    }
}

/// What the kernel does with a system call; see seccomp(2).
public enum SeccompAction: Hashable, Sendable {
    /// It is carried out.
    case allow
    /// It fails with this error number, 1...4095.
    case errno(UInt16)
    /// The process gets `SIGSYS`.
    case trap
    /// The thread is killed.
    case killThread
    /// The process is killed.
    case killProcess
    /// It is carried out, and logged.
    case log
    /// The tracer decides; without one, the call fails with `ENOSYS`.
    case trace(UInt16)

    /// The filter's return value.
    var returnValue: UInt32 {
        switch self {
        case .allow: 0x7FFF_0000
        case .errno(let number): 0x0005_0000 | UInt32(number)
        case .trap: 0x0003_0000
        case .killThread: 0
        case .killProcess: 0x8000_0000
        case .log: 0x7FFC_0000
        case .trace(let message): 0x7FF0_0000 | UInt32(message)
        }
    }
}

/// One action for some system calls.
public struct SeccompRule: Hashable, Sendable {
    /// Names of calls; one that an architecture lacks does not count there.
    public var names: [String]
    /// What happens.
    public var action: SeccompAction
    /// All must hold; several for the same argument are alternatives instead.
    public var conditions: [SeccompCondition]
    /// Where the rule holds.
    public var requirement: SeccompRequirement
    /// Where it does not hold all the same.
    public var exclusion: SeccompExclusion

    /// Takes the values as they are.
    public init(
        _ names: [String], action: SeccompAction = .allow, conditions: [SeccompCondition] = [],
        requirement: SeccompRequirement = SeccompRequirement(), exclusion: SeccompExclusion = SeccompExclusion()
    ) {
        self.names = names
        self.action = action
        self.conditions = conditions
        self.requirement = requirement
        self.exclusion = exclusion
    }
}

/// A comparison of an argument of a system call, as an unsigned number of 64 bits.
public struct SeccompCondition: Hashable, Sendable {
    /// How the argument compares with the value.
    public enum Comparison: Hashable, Sendable {
        case notEqual, less, lessOrEqual, equal, greaterOrEqual, greater
        /// The argument's bits that the mask has.
        case maskedEqual(mask: UInt64)
    }

    /// The argument, 0...5.
    public var argument: Int
    /// How it is compared.
    public var comparison: Comparison
    /// What it is compared with.
    public var value: UInt64

    /// Takes the values as they are.
    public init(argument: Int, _ comparison: Comparison, _ value: UInt64) {
        self.argument = argument
        self.comparison = comparison
        self.value = value
    }
}

/// Where a rule holds; what is empty is no requirement.
public struct SeccompRequirement: Hashable, Sendable {
    /// All must be in the bounding set.
    public var capabilities: CapabilitySet
    /// One must be the host's: `amd64`, `arm64`…, as Docker calls them.
    public var architectures: [String]
    /// At least this release.
    public var kernel: KernelVersion?

    /// Takes the values as they are.
    public init(capabilities: CapabilitySet = [], architectures: [String] = [], kernel: KernelVersion? = nil) {
        self.capabilities = capabilities
        self.architectures = architectures
        self.kernel = kernel
    }

    func isMet(_ present: CapabilitySet, architecture: String, kernel running: KernelVersion) -> Bool {
        capabilities.subtracting(present) == []
            && (architectures.isEmpty || architectures.contains(architecture))
            && (kernel.map { $0 <= running } ?? true)
    }
}

/// Where a rule does not hold.
public struct SeccompExclusion: Hashable, Sendable {
    /// One in the bounding set suffices.
    public var capabilities: CapabilitySet
    /// One suffices.
    public var architectures: [String]

    /// Takes the values as they are.
    public init(capabilities: CapabilitySet = [], architectures: [String] = []) {
        self.capabilities = capabilities
        self.architectures = architectures
    }

    func isHit(_ present: CapabilitySet, architecture: String) -> Bool {
        capabilities.intersection(present) != [] || architectures.contains(architecture)
    }
}
