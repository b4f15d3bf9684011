import OrderedCollections
import YAML

extension ServiceDecoder {
    /// `depends_on`, always in its long form.
    static let dependencyAttributes: [String: ServiceAttribute] = [
        "depends_on": { node, service, decoding in
            let written = decoding.dependencies(node)
            // What other attributes imply may have come before.
            let implied = service.dependsOn.filter { known in !written.contains { $0.service == known.service } }
            service.dependsOn = written + implied
        }
    ]
}

extension Environment {
    /// Who shares another's network, or has a link to it, starts after it, as `docker compose` has it.
    mutating func addImpliedDependencies() {
        for name in services.keys {
            guard let service = services[name] else { continue }
            var implied = service.networking.links.map { ($0.service, $0.position) }
            if let other = service.networking.mode.service, let position = service.networking.modePosition {
                implied.append((other, position))
            }
            for (other, position) in implied where other != name && services[other] != nil {
                if services[name]?.dependsOn.contains(where: { $0.service == other }) ?? true { continue }
                services[name]?.dependsOn.append(Dependency(service: other, position: position))
            }
        }
    }
}

extension Decoding {
    /// What a service, or the test, waits for.
    func dependencies(_ node: Node?) -> [Dependency] {
        var result: [Dependency] = []
        for entry in node?.mapping?.entries ?? [] {
            guard let name = entry.key.text else { continue }
            guard !result.contains(where: { $0.service == name }) else {
                diagnostics.error(
                    .duplicate, at: entry.key, "'\(name)' is listed twice", remedy: "remove one of them")
                continue
            }
            let fields = entry.value.mapping
            let condition = fields?["condition"]?.text.flatMap(Dependency.Condition.init) ?? .started
            result.append(
                Dependency(
                    service: name, condition: condition, isRequired: boolean(fields?["required"]) ?? true,
                    restart: boolean(fields?["restart"]) ?? false, position: entry.key.position))
        }
        return result
    }
}
