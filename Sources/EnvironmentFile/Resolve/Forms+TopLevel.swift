import YAML

extension Forms {
    static let network = ObjectForm([
        .derived("name", TopLevelResolution.name),
        .written("driver", .text),
        .written("driver_opts", .labels),
        .derived("ipam") { network, resolution in structure("ipam", ipam, of: network, resolution) },
        .written("external", .custom(TopLevelResolution.external)),
        .written("internal", .flag),
        .written("attachable", .flag),
        .written("labels", .labels),
        .written("enable_ipv4", .optionalFlag),
        .written("enable_ipv6", .optionalFlag),
    ])

    private static let ipam = ObjectForm([
        .written("driver", .text),
        .written(
            "config",
            .list(
                .object(
                    ObjectForm([
                        .written("subnet", .text), .written("gateway", .text), .written("ip_range", .text),
                        .written("aux_addresses", .labels),
                    ])))),
        .written("options", .custom { $1.style == .document ? $1.verbatim($0) : nil }),
    ])

    static let volume = ObjectForm([
        .derived("name", TopLevelResolution.name),
        .written("driver", .text),
        .derived("driver_opts", TopLevelResolution.volumeOptions),
        .written("external", .custom(TopLevelResolution.external)),
        .written("labels", .labels),
    ])

    static let config = ObjectForm(fileObject + [.written("content", .text)] + fileObjectEnd)
    static let secret = ObjectForm(fileObject + [.written("content", .dropped)] + fileObjectEnd)

    private static let fileObject: [ObjectForm.Field] = [
        .derived("name", TopLevelResolution.name), .written("file", .path), .written("environment", .text),
    ]

    private static let fileObjectEnd: [ObjectForm.Field] = [
        .written("external", .custom(TopLevelResolution.external)), .written("labels", .labels),
        .written("driver", .text), .written("driver_opts", .labels), .written("template_driver", .text),
    ]

    static let model = ObjectForm([
        .written("name", .text),
        .written("model", .text),
        .written("context_size", .integer),
        .written("runtime_flags", .texts),
    ])

    static let test = ObjectForm([
        .written("command", .verbatim),
        .written("on", .verbatim),
        .written("depends_on", .custom(ServiceResolution.writtenDependencies)),
        .written("environment", .variables),
        .written("working_dir", .text),
        .written("timeout", .optionalDuration),
        .written("shards", .optionalInteger),
        .written("matrix", .verbatim),
        .written("artifacts", .texts),
    ])
}

/// The attributes of networks, volumes, configs and secrets that depend on something else than their own text.
enum TopLevelResolution {
    /// The project's name and the key, unless a name is written; the key alone for what exists outside.
    @Sendable static func name(_ mapping: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        if let name = mapping["name"].flatMap(ScalarText.text), !name.isEmpty { return .string(name) }
        if let name = mapping["external"]?.mapping?["name"].flatMap(ScalarText.text) { return .string(name) }
        guard resolution.options.normalizes else { return nil }
        let key = resolution.key
        return .string(isExternal(mapping) ? key : "\(resolution.projectName)_\(key)")
    }

    static func isExternal(_ mapping: Mapping) -> Bool {
        guard let node = mapping["external"] else { return false }
        return node.mapping != nil || ScalarText.flag(node) == true
    }

    @Sendable static func external(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        node.mapping != nil || ScalarText.flag(node) == true ? .bool(true) : nil
    }

    /// The device of a bind mount in disguise is a path of the host.
    @Sendable static func volumeOptions(_ volume: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        guard let node = volume["driver_opts"], let value = resolution.value(node, .labels),
            case .map(let entries) = value
        else { return nil }
        guard volume["driver"]?.text == "local", value["o"]?.text == "bind" else { return value }
        return .map(
            entries.map { entry in
                guard entry.key == "device", let path = entry.value.text else { return entry }
                return ResolvedValue.Entry("device", .string(resolution.hostPath(path)))
            })
    }
}
