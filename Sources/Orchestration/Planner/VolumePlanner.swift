import EnvironmentFile
import OrderedCollections

/// Collects the volumes that the services use.
struct VolumePlanner {
    let environment: Environment
    let lifetime: Planner.Lifetime
    /// Follows the names of volumes that are kept and that the file has given no name.
    var suffix: String?
    private var used: [String: VolumePlan] = [:]
    private var conflicts: [String: SourcePosition] = [:]

    init(environment: Environment, lifetime: Planner.Lifetime) {
        self.environment = environment
        self.lifetime = lifetime
    }

    /// The plan's name of a top-level volume; `nil` where there is none of that key.
    mutating func named(_ key: String) -> VolumePlan? {
        guard let volume = environment.volumes[key] else { return nil }
        let kept: VolumePlan.Lifetime = lifetime == .up ? .persistent : .ephemeral
        // One that was given a name is meant to be shared with whoever gives the same.
        let isNamed = volume.name != "\(environment.name)_\(key)"
        let name = kept == .persistent && !volume.isExternal && !isNamed ? volume.name + (suffix ?? "") : volume.name
        let plan = VolumePlan(name: name, lifetime: volume.isExternal ? .external : kept)
        if let other = used[plan.name], other != plan { conflicts[plan.name] = volume.position }
        used[plan.name] = plan
        return plan
    }

    /// A volume that one service has at one place; the colon keeps its name apart from the others'.
    mutating func anonymous(service: String, target: String) -> VolumePlan {
        let plan = VolumePlan(name: ContainerPlan.volumePrefix(of: service) + target, lifetime: .ephemeral)
        used[plan.name] = plan
        return plan
    }

    /// In the order of their names.
    func plans(_ findings: inout Findings) -> [VolumePlan] {
        for (name, position) in conflicts.sorted(by: { $0.key < $1.key }) {
            findings.add(.volumeConflict(name: name), at: position)
        }
        return used.values.sorted { $0.name < $1.name }
    }
}

extension ContainerPlan {
    /// What the names of a container's volumes begin with that have no name in the file.
    static func volumePrefix(of container: String) -> String { "\(container):" }

    /// The names of its volumes that have none in the file.
    public var anonymousVolumes: [String] {
        mounts.compactMap { mount in
            guard case .volume(let volume, _, _) = mount.source, volume.hasPrefix(Self.volumePrefix(of: name)) else {
                return nil
            }
            return volume
        }
    }
}
