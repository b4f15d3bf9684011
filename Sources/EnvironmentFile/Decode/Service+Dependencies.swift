import YAML

extension ServiceDecoder {
    /// `depends_on`, always in its long form.
    static let dependencyAttributes: [String: ServiceAttribute] = [
        "depends_on": { node, service, decoding in
            var seen: Set<String> = []
            for entry in node.mapping?.entries ?? [] {
                guard let name = entry.key.text else { continue }
                guard seen.insert(name).inserted else {
                    decoding.diagnostics.error(
                        .duplicate, at: entry.key, "'\(name)' is listed twice", remedy: "remove one of them")
                    continue
                }
                let fields = entry.value.mapping
                let condition = fields?["condition"]?.text.flatMap(Dependency.Condition.init) ?? .started
                service.dependsOn.append(
                    Dependency(
                        service: name, condition: condition, isRequired: decoding.boolean(fields?["required"]) ?? true,
                        restart: decoding.boolean(fields?["restart"]) ?? false, position: entry.key.position))
            }
        }
    ]
}
