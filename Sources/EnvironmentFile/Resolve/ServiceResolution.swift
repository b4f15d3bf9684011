import OrderedCollections
import YAML

/// The attributes of a service that depend on several of those written.
enum ServiceResolution {
    // MARK: Commands

    /// JSON says `null` where the image's own counts.
    @Sendable static func command(_ service: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        command("command", of: service, resolution)
    }

    @Sendable static func entrypoint(_ service: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        command("entrypoint", of: service, resolution)
    }

    @Sendable static func hookCommand(_ hook: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        command("command", of: hook, resolution)
    }

    private static func command(_ key: String, of mapping: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document {
            return mapping[key].map { $0.sequence?.isEmpty ?? false ? .null : resolution.verbatim($0) }
        }
        if let node = mapping[key], let value = resolution.command(node) { return value }
        return resolution.style == .json ? .null : nil
    }

    @Sendable static func build(_ service: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        guard let node = service["build"], !node.isNull else { return nil }
        return resolution.value(node, .object(Forms.build))
    }

    // MARK: Names

    @Sendable static func image(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        guard let name = ScalarText.text(node), !name.isEmpty else { return nil }
        return .string(FileImageName.replacingPath(in: name, resolution.hostPath))
    }

    @Sendable static func pullPolicy(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        guard let text = ScalarText.text(node), !text.isEmpty else { return nil }
        return .string(text == "if_not_present" && resolution.options.normalizes ? "missing" : text)
    }

    /// A secret is below `/run/secrets` unless told.
    @Sendable static func secret(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        guard case .map(var entries) = Forms.grant(node, resolution) else { return nil }
        guard !entries.contains(where: { $0.key == "target" }),
            let source = entries.first(where: { $0.key == "source" })
        else { return .map(entries) }
        entries.insert(ResolvedValue.Entry("target", .string("/run/secrets/\(source.value.text ?? "")")), at: 1)
        return .map(entries)
    }

    // MARK: Environment and labels

    @Sendable static func environment(_ service: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document { return service["environment"].map(resolution.verbatim) }
        var values: OrderedDictionary<String, String?> = [:]
        if resolution.options.readsEnvironmentFiles {
            let decoding = Decoding(
                diagnostics: resolution.diagnostics, variables: resolution.variables, directory: resolution.directory)
            for (name, value) in ServiceDecoder.environmentFiles(service, decoding) { values[name] = value }
        }
        for entry in service["environment"]?.mapping?.entries ?? [] {
            guard let name = entry.key.text else { continue }
            let value = entry.value.isNull ? resolution.variables[name] : ScalarText.text(entry.value)
            values.updateValue(value, forKey: name)
        }
        let entries = values.map { ResolvedValue.Entry($0, $1.map(ResolvedValue.string) ?? .null) }
        return entries.isEmpty ? nil : .map(entries.sorted { resolution.precedes($0.key, $1.key) })
    }

    @Sendable static func environmentFiles(_ service: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        guard resolution.style == .document || !resolution.options.readsEnvironmentFiles else { return nil }
        let form = ObjectForm([
            .written("path", .path),
            .derived("required") { file, resolution in
                if let required = file["required"] { return resolution.value(required, .optionalFlag) }
                return resolution.style == .document ? .bool(true) : nil
            }, .written("format", .text),
        ])
        return service["env_file"].flatMap { resolution.value($0, .list(.object(form))) }
    }

    @Sendable static func labels(_ service: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document { return service["labels"].map(resolution.verbatim) }
        var values: [String: String] = [:]
        if resolution.options.readsEnvironmentFiles, let files = service["label_file"]?.sequence {
            for file in files { for label in LabelFile.labels(file, resolution) { values[label.name] = label.value } }
        }
        for entry in service["labels"]?.mapping?.entries ?? [] {
            guard let name = entry.key.text else { continue }
            values[name] = entry.value.isNull ? "" : ScalarText.text(entry.value) ?? ""
        }
        let entries = values.map { ResolvedValue.Entry($0, .string($1)) }
        return entries.isEmpty ? nil : .map(entries.sorted { resolution.precedes($0.key, $1.key) })
    }

    @Sendable static func labelFiles(_ service: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        guard resolution.style == .document || !resolution.options.readsEnvironmentFiles else { return nil }
        return service["label_file"].flatMap { resolution.value($0, .list(.path)) }
    }

    // MARK: Networks

    /// The default network where none is named and no other mode is chosen.
    @Sendable static func networks(_ service: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        let written = service["networks"].flatMap { node -> ResolvedValue? in
            if let nodes = node.sequence {
                let names = nodes.compactMap(\.text).sorted(by: resolution.precedes)
                return names.isEmpty ? nil : .map(names.map { ResolvedValue.Entry($0, .null) })
            }
            return resolution.dictionary(node) { resolution.value($0, .object(attachment)) ?? .null }
        }
        if let written { return written }
        guard resolution.options.normalizes, service["network_mode"].map(\.isNull) ?? true,
            service["provider"] == nil
        else { return nil }
        return .map([ResolvedValue.Entry("default", .null)])
    }

    private static let attachment = ObjectForm([
        .written("aliases", .uniqueTexts),
        .written("driver_opts", .labels),
        .written("gw_priority", .integer),
        .written("interface_name", .text),
        .written("ipv4_address", .text),
        .written("ipv6_address", .text),
        .written("link_local_ips", .uniqueTexts),
        .written("mac_address", .text),
        .written("priority", .integer),
    ])
}
