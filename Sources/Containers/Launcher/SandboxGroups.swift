import ControlGroups
import Glibc
import LinuxKernel

/// The control groups of a sandbox's containers, `harness/IDENTIFIER/CONTAINER` in each hierarchy that is needed.
public final class SandboxGroups {
    /// How long the end of killed processes is waited for before their group is removed.
    private static let removalTimeout: Duration = .seconds(5)

    /// What containers may use that ask for no device, as ``IsolationSpecification/deviceRules`` has it.
    public static let standardDevices = DeviceRule.standard.map(\.text)

    private var environment: EnvironmentGroup
    /// Those of containers that have been started before: a restart finds its limits in force.
    private var known: [String: Group] = [:]

    /// The caller is not the machine's root: to have no groups is nothing to be told of then, unless there are limits.
    private let isDelegated: Bool

    init(identifier: String, in hierarchies: Hierarchies, isDelegated: Bool) throws {
        environment = try EnvironmentGroup(identifier, in: hierarchies)
        self.isDelegated = isDelegated
    }

    /// Lets containers use the default devices only, unless they ask for others.
    func restrictDevices(_ policy: LoadedDevicePolicy?) {
        environment.restrictDevices(policy, rules: DeviceRule.standard)
    }

    /// Makes a container's group with its limits.
    ///
    /// - Returns: The group, and what the host can't give.
    func makeGroup(for container: ContainerSpecification) throws -> (group: Group, warnings: [String]) {
        if let group = known[container.name] { return (group, []) }
        let rules = container.isolation.deviceRules?.compactMap { DeviceRule($0) }
        let group = try environment.makeGroup(
            container.name, limits: Limits(container), devices: container.isPrivileged ? DeviceRule.everything : rules)
        known[container.name] = group
        return (group, ((isDelegated ? [] : environment.warnings) + group.warnings).map(\.description))
    }

    /// What limits this host does not let the caller set, in words; tried out with a group that is removed again.
    public static func refusals(identifier: String) throws -> [String] {
        var environment = try EnvironmentGroup(identifier, in: try Hierarchies.current())
        let limits = Limits(memory: 1 << 30, pids: 1000)
        let group = try environment.makeGroup("probe", limits: limits)
        let refusals = group.warnings.map(\.description)
        try environment.removeGroup("probe", timeout: removalTimeout)
        try environment.remove(timeout: removalTimeout)
        return refusals
    }

    /// Removes the group of a container that has ended, so that the next one of its name has limits of its own.
    func removeGroup(of container: String) throws {
        guard known.removeValue(forKey: container) != nil else { return }
        try environment.removeGroup(container, timeout: Self.removalTimeout)
    }

    /// Removes the groups of a sandbox that has ended.
    public static func remove(identifier: String, from hierarchies: Hierarchies) throws {
        try EnvironmentGroup.sweep(identifier, in: hierarchies, timeout: removalTimeout)
    }
}

extension Limits {
    /// Those of a container.
    init(_ container: ContainerSpecification) {
        // -1 is Docker's word for no limit.
        self.init(memory: container.memoryLimit, pids: container.pidsLimit.flatMap { $0 < 0 ? nil : $0 })
        let resources = container.resources
        memoryAndSwap = resources.memoryAndSwap
        swappiness = resources.swappiness
        memoryReservation = resources.memoryReservation
        disablesOutOfMemoryKill = resources.disablesOutOfMemoryKill
        processorQuota = resources.processorQuota
        processorPeriod = resources.processorPeriod
        processorShares = resources.processorShares
        processorSet = resources.processorSet
        diskWeight = resources.diskWeight
        disks = resources.disks.compactMap { disk in
            DiskLimit.Kind(rawValue: disk.kind.rawValue).map {
                DiskLimit($0, major: disk.major, minor: disk.minor, value: disk.value)
            }
        }
    }
}
