import YAML

extension Forms {
    static let deploy = ObjectForm([
        .written("mode", .text),
        .written("replicas", .optionalInteger),
        .written("labels", .labels),
        .written("update_config", .object(update)),
        .written("rollback_config", .object(update)),
        .derived("resources") { deploy, resolution in
            part("resources", resources, of: deploy, resolution)
        },
        .written("restart_policy", .object(restart)),
        .derived("placement") { deploy, resolution in
            part("placement", placement, of: deploy, resolution)
        },
        .written("endpoint_mode", .text),
    ])

    private static func part(
        _ key: String, _ form: ObjectForm, of mapping: Mapping, _ resolution: Resolution
    ) -> ResolvedValue? {
        structure(key, form, of: mapping, resolution)
    }

    /// An object that JSON always has, and YAML where there is something in it.
    static func structure(
        _ key: String, _ form: ObjectForm, of mapping: Mapping, _ resolution: Resolution
    ) -> ResolvedValue? {
        guard let node = mapping[key], !node.isNull else { return resolution.style == .json ? .map([]) : nil }
        return resolution.value(node, .structure(form))
    }

    private static let update = ObjectForm([
        .written("parallelism", .optionalInteger),
        .written("delay", .duration),
        .written("failure_action", .text),
        .written("monitor", .duration),
        .written("max_failure_ratio", .fraction),
        .written("order", .text),
    ])

    private static let restart = ObjectForm([
        .written("condition", .text),
        .written("delay", .optionalDuration),
        .written("max_attempts", .optionalInteger),
        .written("window", .optionalDuration),
    ])

    private static let placement = ObjectForm([
        .written("constraints", .texts),
        .written("preferences", .list(.object(ObjectForm([.written("spread", .text)])))),
        .written("max_replicas_per_node", .integer),
    ])

    private static let resources = ObjectForm([
        .written("limits", .object(resource)), .written("reservations", .object(resource)),
    ])

    private static let resource = ObjectForm([
        .written("cpus", .fraction),
        .written("memory", .size),
        .written("pids", .integer),
        .written("devices", .list(.custom(DeviceRequestForm.resolve))),
        .written("generic_resources", .list(.object(genericResource))),
    ])

    private static let genericResource = ObjectForm([
        .written(
            "discrete_resource_spec",
            .object(ObjectForm([.written("kind", .text), .written("value", .optionalInteger)])))
    ])
}

/// `gpus:`, and the devices of `deploy.resources.reservations`.
enum DeviceRequestForm {
    private static let form = ObjectForm([
        .written("capabilities", .texts),
        .written("driver", .text),
        .derived("count", count),
        .written("device_ids", .texts),
        .written("options", .labels),
    ])

    @Sendable static func resolve(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        resolution.value(node, .object(form))
    }

    /// `all` is one request for all.
    @Sendable static func gpus(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if let nodes = node.sequence {
            return nodes.isEmpty ? nil : .list(nodes.compactMap { resolve($0, resolution) })
        }
        guard node.text == "all" else { return nil }
        return .list([.map([ResolvedValue.Entry("count", all(resolution))])])
    }

    @Sendable private static func count(_ request: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        guard let node = request["count"] else { return request["device_ids"] == nil ? all(resolution) : nil }
        if node.text == "all" { return all(resolution) }
        return ScalarText.integer(node).flatMap { $0 == 0 ? nil : .integer($0) }
    }

    private static func all(_ resolution: Resolution) -> ResolvedValue {
        resolution.style == .document ? .string("all") : .integer(-1)
    }
}
