import ControlGroups
import Glibc
import LinuxKernel

/// The control groups of a sandbox's containers, `harness/IDENTIFIER/CONTAINER` in each hierarchy that is needed.
public final class SandboxGroups {
    /// How long the end of killed processes is waited for before their group is removed.
    private static let removalTimeout: Duration = .seconds(5)

    private var environment: EnvironmentGroup

    init(identifier: String, in hierarchies: Hierarchies) throws {
        environment = try EnvironmentGroup(identifier, in: hierarchies)
    }

    /// Makes a container's group with its limits.
    ///
    /// - Returns: The group, and what the host can't give.
    func makeGroup(for container: ContainerSpecification) throws -> (group: Group, warnings: [String]) {
        // -1 is Docker's word for no limit.
        let limits = Limits(
            memory: container.memoryLimit, pids: container.pidsLimit.flatMap { $0 < 0 ? nil : $0 })
        let group = try environment.makeGroup(container.name, limits: limits)
        return (group, (environment.warnings + group.warnings).map(\.description))
    }

    /// Removes the groups of a sandbox that has ended.
    public static func remove(identifier: String) throws {
        try EnvironmentGroup.sweep(identifier, in: try Hierarchies.current(), timeout: removalTimeout)
    }
}
