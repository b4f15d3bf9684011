import Addresses
import EnvironmentFile

extension ContainerPlan {
    /// What does not make a container another one: where it is written down, which addresses it and the others were
    /// given, and what counts only before it starts or when it is stopped.
    private static let uncompared: Set<String> = [
        "position", "address", "hosts", "dependencies", "stop", "name", "logging",
    ]

    /// The file's words for properties that are called otherwise there.
    private static let attributes = [
        "mounts": "volumes", "files": "configs or secrets", "readiness": "healthcheck or ready", "hasInit": "init",
        "isReadOnly": "read_only", "isPrivileged": "privileged", "noNewPrivileges": "security_opt",
        "isSeccompUnconfined": "security_opt", "seccompProfile": "security_opt", "lifecycle": "restart or hooks",
        "limits": "ulimits", "memoryLimit": "mem_limit", "pidsLimit": "pids_limit", "shmSize": "shm_size",
        "networking": "networks", "isolation": "devices, namespaces or kernel parameters",
    ]

    /// What makes it necessary to replace `old` by this one, in the file's words; empty: nothing.
    ///
    /// - Parameter networks: Addresses in these are given out anew for each plan, and are no difference.
    func differences(from old: ContainerPlan, networks: [NetworkPlan]) -> [String] {
        var result: [String] = []
        if image.digest != old.image.digest { result.append(imageDifference(from: old)) }
        result += processDifferences(from: old.process)
        let (new, former) = (comparable(networks), old.comparable(networks))
        for (left, right) in zip(Mirror(reflecting: new).children, Mirror(reflecting: former).children) {
            guard let label = left.label, !Self.uncompared.contains(label), !["image", "process"].contains(label),
                Fingerprint(of: left.value) != Fingerprint(of: right.value)
            else { continue }
            let name = Self.attributes[label] ?? label
            if !result.contains(name) { result.append(name) }
        }
        let extra = { (plan: ContainerPlan) in plan.hosts.filter { !$0.isInside(networks) } }
        if extra(self) != extra(old) { result.append("extra_hosts") }
        return result
    }

    private func imageDifference(from old: ContainerPlan) -> String {
        image.reference == old.image.reference
            ? "another image of the name \(image.reference)" : "image \(old.image.reference) → \(image.reference)"
    }

    private func processDifferences(from old: ProcessPlan) -> [String] {
        var result: [String] = []
        if process.arguments != old.arguments { result.append("command") }
        let (new, former) = (Set(process.environment), Set(old.environment))
        let names = Set(new.symmetricDifference(former).map { String($0.prefix { $0 != "=" }) })
        if !names.isEmpty { result.append("environment " + names.sorted().joined(separator: " ")) }
        if process.user != old.user || process.groups != old.groups { result.append("user") }
        if process.workingDirectory != old.workingDirectory { result.append("working_dir") }
        if process.oomScoreAdjustment != old.oomScoreAdjustment { result.append("oom_score_adj") }
        return result
    }

    /// Without what is given out anew for each plan.
    private func comparable(_ networks: [NetworkPlan]) -> ContainerPlan {
        var result = self
        for number in result.networking.attachments.indices {
            result.networking.attachments[number].address = .loopback
            result.networking.attachments[number].address6 = nil
        }
        return result
    }
}

extension HostEntry {
    /// Whether the address is in one of the networks.
    fileprivate func isInside(_ networks: [NetworkPlan]) -> Bool {
        networks.contains { network in
            switch address {
            case .v4(let address): network.subnet.contains(address)
            case .v6(let address): network.subnet6?.contains(address) ?? false
            }
        }
    }
}

/// A value's whole content but for the places in files that are in it: equal for values that mean the same.
struct Fingerprint: Hashable {
    private var text = ""

    init(of value: Any) { add(value) }

    private mutating func add(_ value: Any) {
        if value is SourcePosition { return }
        let mirror = Mirror(reflecting: value)
        guard !mirror.children.isEmpty else {
            let description = String(describing: value)
            text += "\(description.utf8.count):\(description);"
            return
        }
        text += "("
        if mirror.displayStyle == .set || mirror.displayStyle == .dictionary {
            for part in mirror.children.map({ Fingerprint(of: $0.value).text }).sorted() { text += part }
        } else {
            for child in mirror.children {
                if let label = child.label { text += "\(label)=" }
                add(child.value)
            }
        }
        text += ")"
    }
}
