import YAML

extension ServiceResolution {
    private static let dependency = ObjectForm([
        .derived("condition") { dependency, _ in
            .string(dependency["condition"].flatMap(ScalarText.text) ?? Dependency.Condition.started.rawValue)
        },
        .written("restart", .flag),
        .derived("required") { dependency, _ in .bool(dependency["required"].flatMap(ScalarText.flag) ?? true) },
    ])

    /// What is written, and what links, shared namespaces and volumes imply.
    @Sendable static func dependencies(_ service: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        var entries: [ResolvedValue.Entry] = []
        if let node = service["depends_on"], case .map(let written)? = writtenDependencies(node, resolution) {
            entries = written
        }
        if resolution.options.normalizes {
            for (name, restarts) in implied(by: service) where !entries.contains(where: { $0.key == name }) {
                entries.append(
                    ResolvedValue.Entry(name, value(restarts: restarts, isShown: resolution.style == .document)))
            }
        }
        return entries.isEmpty ? nil : .map(entries.sorted { resolution.precedes($0.key, $1.key) })
    }

    @Sendable static func writtenDependencies(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        resolution.dictionary(node) { resolution.value($0, .object(dependency)) ?? value(restarts: false) }
    }

    private static func value(restarts: Bool, isShown: Bool = false) -> ResolvedValue {
        let condition = ResolvedValue.Entry("condition", .string(Dependency.Condition.started.rawValue))
        let required = ResolvedValue.Entry("required", .bool(true))
        let restart = restarts || isShown ? [ResolvedValue.Entry("restart", .bool(restarts))] : []
        return .map([condition] + restart + [required])
    }

    /// Services that must be there before this one, and whether it is restarted with them.
    static func implied(by service: Mapping) -> [(name: String, restarts: Bool)] {
        var result: [(name: String, restarts: Bool)] = []
        for link in service["links"]?.sequence ?? [] {
            guard let text = link.text else { continue }
            result.append((String(text.prefix { $0 != ":" }), true))
        }
        for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
            guard let text = service[key]?.text, text.hasPrefix("service:") else { continue }
            result.append((String(text.dropFirst("service:".count)), true))
        }
        for source in service["volumes_from"]?.sequence ?? [] {
            guard let text = source.text, !text.hasPrefix("container:") else { continue }
            result.append((String(text.prefix { $0 != ":" }), false))
        }
        return result
    }
}
