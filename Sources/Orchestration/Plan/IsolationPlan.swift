import EnvironmentFile
import OrderedCollections

/// What of the machine a container sees, beyond its file system and network.
public struct IsolationPlan: Hashable, Sendable {
    /// Whose PID namespace it is in; a service stands for its container.
    public var processes: NamespaceMode = .own
    /// Whose IPC namespace it is in.
    public var ipc: IPCMode = .shareable
    /// The host name is this machine's.
    public var usesHostName = false
    /// By the name with dots.
    public var sysctls: OrderedDictionary<String, String> = [:]
    /// Devices of this machine.
    public var devices: [DeviceMapping] = []
    /// `TYPE MAJOR:MINOR ACCESS`, beyond the default ones.
    public var deviceRules: [String] = []
    /// Nothing in /proc and /sys is masked or read-only (`systempaths=unconfined`).
    public var hasUnmaskedPaths = false
    /// The first process's standard streams are a terminal.
    public var hasTerminal = false
    /// The first process's standard input stays open.
    public var keepsInputOpen = false
    /// Metadata.
    public var annotations: OrderedDictionary<String, String> = [:]

    /// As a container has it that asks for nothing.
    public init() {}
}

/// What happens around a container's start and end.
public struct LifecyclePlan: Hashable, Sendable {
    /// Whether it is started again.
    public var restart: RestartPolicy = .no
    /// Run one after the other once it is started.
    public var postStart: [HookPlan] = []
    /// Run one after the other before it is stopped.
    public var preStop: [HookPlan] = []
    /// Which of its service's containers it is, where there are several.
    public var replica: Replica?

    /// No restart, no hooks.
    public init() {}
}

/// A program that runs in a container at some point of its life.
public struct HookPlan: Hashable, Sendable {
    /// What is run.
    public var process: ProcessPlan
    /// Its entry in the file.
    public var position: SourcePosition

    /// A hook with its place.
    public init(process: ProcessPlan, position: SourcePosition) {
        self.process = process
        self.position = position
    }
}
