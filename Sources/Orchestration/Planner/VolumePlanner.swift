import EnvironmentFile
import OrderedCollections

/// Collects the volumes that the services use.
struct VolumePlanner {
    let environment: Environment
    let lifetime: Planner.Lifetime
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
        let plan = VolumePlan(name: volume.name, lifetime: volume.isExternal ? .external : kept)
        if let other = used[plan.name], other != plan { conflicts[plan.name] = volume.position }
        used[plan.name] = plan
        return plan
    }

    /// A volume that one service has at one place; the colon keeps its name apart from the others'.
    mutating func anonymous(service: String, target: String) -> VolumePlan {
        let plan = VolumePlan(name: "\(service):\(target)", lifetime: .ephemeral)
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
