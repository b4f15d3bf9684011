import YAML

/// Makes the model that is printed of a merged document.
struct ModelResolver {
    let resolution: Resolution
    /// The profiles that are enabled; `nil` keeps every service.
    let profiles: Set<String>?

    private var isDocument: Bool { resolution.style == .document }

    /// The whole model, sections in Compose's order.
    func resolve(_ document: Mapping) -> ResolvedValue {
        let services = services(document)
        var entries: [ResolvedValue.Entry] = []
        entries.append(ResolvedValue.Entry("name", .string(resolution.projectName)))
        entries.append(ResolvedValue.Entry("services", .map(services)))
        // Compose's JSON knows no models.
        for (key, form) in Self.sections where resolution.style != .json || key != "models" {
            let used = isDocument ? nil : names(key, usedBy: services)
            let section = section(key, form, document, used: used, services)
            if !section.isEmpty { entries.append(ResolvedValue.Entry(key, .map(section))) }
        }
        if let test = document["test"], let value = resolution.value(test, .object(Forms.test)) {
            entries.append(ResolvedValue.Entry("test", value))
        }
        for entry in document.entries {
            guard let key = entry.key.text, key.hasPrefix("x-") else { continue }
            entries.append(ResolvedValue.Entry(key, resolution.verbatim(entry.value)))
        }
        switch resolution.style {
        case .document: return ResolvedValue.map(entries).sorted(by: NaturalOrder.precedes)
        case .json: return .map(entries.sorted { $0.key < $1.key })
        case .yaml: return .map(entries)
        }
    }

    private static let sections: [(key: String, form: ObjectForm)] = [
        ("networks", Forms.network), ("volumes", Forms.volume), ("secrets", Forms.secret), ("configs", Forms.config),
        ("models", Forms.model),
    ]

    /// The attributes of an entry of a section.
    static func form(of section: String) -> ObjectForm? {
        section == "services" ? Forms.service : sections.first { $0.key == section }?.form
    }

    // MARK: Services

    private func services(_ document: Mapping) -> [ResolvedValue.Entry] {
        var result: [ResolvedValue.Entry] = []
        for entry in document["services"]?.mapping?.entries ?? [] {
            guard let name = entry.key.text, let mapping = entry.value.mapping, isEnabled(mapping) else { continue }
            result.append(ResolvedValue.Entry(name, .map(resolution.entries(mapping, Forms.service))))
        }
        return result.sorted { resolution.precedes($0.key, $1.key) }
    }

    private func isEnabled(_ service: Mapping) -> Bool {
        guard let profiles, !profiles.contains("*"), let nodes = service["profiles"]?.sequence, !nodes.isEmpty else {
            return true
        }
        return nodes.contains { $0.text.map(profiles.contains) ?? false }
    }

    // MARK: Other sections

    private func section(
        _ key: String, _ form: ObjectForm, _ document: Mapping, used: Set<String>?, _ services: [ResolvedValue.Entry]
    ) -> [ResolvedValue.Entry] {
        var result: [ResolvedValue.Entry] = []
        for entry in document[key]?.mapping?.entries ?? [] {
            guard let name = entry.key.text, used?.contains(name) ?? true else { continue }
            result.append(ResolvedValue.Entry(name, object(name, entry.value.mapping ?? Mapping([]), form)))
        }
        let needsDefault =
            key == "networks" && resolution.options.normalizes && !result.contains { $0.key == "default" }
            && services.contains { $0.value["networks"]?.keys.contains("default") ?? false }
        if needsDefault { result.append(ResolvedValue.Entry("default", object("default", Mapping([]), form))) }
        return result.sorted { resolution.precedes($0.key, $1.key) }
    }

    private func object(_ name: String, _ mapping: Mapping, _ form: ObjectForm) -> ResolvedValue {
        var resolution = resolution
        resolution.key = name
        return .map(resolution.entries(mapping, form))
    }

    /// The entries of a section that an enabled service uses; the others are not part of the model.
    private func names(_ section: String, usedBy services: [ResolvedValue.Entry]) -> Set<String> {
        var names: Set<String> = []
        for service in services.map(\.value) {
            switch section {
            case "networks", "models": names.formUnion(service[section]?.keys ?? [])
            case "volumes":
                for mount in elements(service["volumes"]) where mount["type"]?.text == "volume" {
                    if let source = mount["source"]?.text { names.insert(source) }
                }
            case "secrets":
                names.formUnion(elements(service["secrets"]).compactMap { $0["source"]?.text })
                names.formUnion(elements(service["build"]?["secrets"]).compactMap { $0["source"]?.text })
            default: names.formUnion(elements(service[section]).compactMap { $0["source"]?.text })
            }
        }
        return names
    }

    private func elements(_ value: ResolvedValue?) -> [ResolvedValue] {
        if case .list(let elements)? = value { elements } else { [] }
    }
}
