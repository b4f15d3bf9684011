import YAML

/// Merges files by the rules of the Compose Specification ("Merge and override").
///
/// Mappings are merged key by key, lists are joined, single values are replaced. `command`, `entrypoint` and a health
/// check's `test` are replaced as a whole; of `ports`, `volumes`, `configs`, `secrets` and `env_file` an entry replaces the
/// one for the same target, of address ranges one for the same subnet. `!override` replaces whatever is below it, `!reset` removes it.
enum Merger {
    /// `override` on top of `base`; both in long forms.
    static func merge(_ base: Node, _ override: Node) -> Node {
        merge(base, override, path: [])
    }

    /// The document without what `!reset` marks.
    static func applyingResets(_ node: Node) -> Node {
        switch node.content {
        case .scalar: return node
        case .sequence(let nodes):
            let kept = nodes.filter { $0.tag != reset }.map(applyingResets)
            let isSame = kept.count == nodes.count && zip(kept, nodes).allSatisfy { $0 === $1 }
            return isSame ? node : Node(.sequence(kept), tag: node.tag, at: node)
        case .mapping(let mapping):
            let kept = mapping.entries.filter { $0.value.tag != reset }.map {
                Mapping.Entry(key: $0.key, value: applyingResets($0.value))
            }
            let isSame =
                kept.count == mapping.entries.count
                && zip(kept, mapping.entries).allSatisfy { $0.value === $1.value }
            return isSame ? node : Node(.mapping(Mapping(kept)), tag: node.tag, at: node)
        }
    }

    static let reset = "!reset"
    static let override = "!override"

    /// The part of a document that `path` leads to.
    static func merge(_ base: Node, _ other: Node, path: [String]) -> Node {
        if other.tag == reset || other.tag == override { return other }
        // The options of one logging driver mean nothing to another.
        if path.count == 3, path[0] == "services", path[2] == "logging",
            let one = base.mapping?["driver"]?.text, let another = other.mapping?["driver"]?.text, one != another
        {
            return other
        }
        if isCommand(attribute(path)) { return other }
        if path == ["networks", path.count > 1 ? path[1] : "", "ipam", "config"] { return pools(base, other, path) }
        switch (base.content, other.content) {
        case (.mapping(let left), .mapping(let right)): return mapping(left, right, path, at: other)
        case (.sequence(let left), .sequence(let right)): return sequence(left, right, path, at: other)
        // Nothing in place of something leaves it as it was; a variable without a value is something.
        case (_, .scalar) where other.isNull && !isVariable(path): return base
        default: return other
        }
    }

    private static func mapping(_ left: Mapping, _ right: Mapping, _ path: [String], at node: Node) -> Node {
        var entries = left.entries
        var places: [String: Int] = [:]
        for (index, entry) in entries.enumerated() { entry.key.text.map { places[$0] = index } }
        for entry in right.entries {
            guard let key = entry.key.text else { continue }
            if let place = places[key] {
                let value = merge(entries[place].value, entry.value, path: path + [key])
                entries[place] = Mapping.Entry(key: entry.key, value: value)
            } else {
                places[key] = entries.count
                entries.append(entry)
            }
        }
        return Node(.mapping(Mapping(entries)), at: node)
    }

    private static func sequence(_ left: [Node], _ right: [Node], _ path: [String], at node: Node) -> Node {
        let attribute = attribute(path)
        switch attribute {
        case "ready", "ready.exec": return Node(.sequence(right), at: node)
        case "volumes", "configs", "secrets", "ports", "env_file", "tmpfs":
            return Node(.sequence(unique(left + right, attribute)), at: node)
        default:
            guard isSet(attribute) else { return Node(.sequence(left + right), at: node) }
            var seen: Set<String> = []
            let joined = (left + right).filter { $0.text.map { seen.insert($0).inserted } ?? true }
            return Node(.sequence(joined), at: node)
        }
    }

    /// The path of an attribute: that of a service without the service.
    private static func attribute(_ path: [String]) -> String {
        path.count >= 3 && path[0] == "services"
            ? path[2...].joined(separator: ".") : path.joined(separator: ".")
    }

    /// Whether a list is replaced as a whole, by nothing too.
    private static func isCommand(_ attribute: String) -> Bool {
        ["command", "entrypoint", "healthcheck.test", "test.command"].contains(attribute)
    }

    /// Whether it is an entry of a mapping in which nothing means the caller's value, or an empty one.
    private static func isVariable(_ path: [String]) -> Bool {
        guard path.count > 1 else { return false }
        return [
            "environment", "labels", "annotations", "sysctls", "args", "ssh", "additional_contexts", "options",
            "driver_opts", "storage_opt",
        ].contains(path[path.count - 2])
    }

    /// Whether a list has everything once.
    private static func isSet(_ attribute: String) -> Bool {
        switch attribute {
        case "build.tags", "cap_add", "cap_drop", "device_cgroup_rules", "dns", "dns_opt", "dns_search", "expose",
            "external_links", "group_add", "links", "profiles", "security_opt", "volumes_from", "test.artifacts":
            true
        default:
            attribute.hasPrefix("networks.")
                && (attribute.hasSuffix(".aliases") || attribute.hasSuffix(".link_local_ips"))
        }
    }

    /// Of the address ranges those of `other`, each with what `base` has about the same subnet.
    private static func pools(_ base: Node, _ other: Node, _ path: [String]) -> Node {
        guard let earlier = base.sequence, let later = other.sequence else { return other.isNull ? base : other }
        let merged = later.map { item in
            guard let subnet = item.mapping?["subnet"]?.text,
                let same = earlier.last(where: { $0.mapping?["subnet"]?.text == subnet })
            else { return item }
            return merge(same, item, path: path + [""])
        }
        return Node(.sequence(merged), at: other)
    }

    /// Of entries for the same target the last, at the place of the first.
    private static func unique(_ nodes: [Node], _ attribute: String) -> [Node] {
        var result: [Node] = []
        var places: [String: Int] = [:]
        for node in nodes {
            let key = identity(of: node, attribute)
            if let place = places[key] {
                result[place] = node
            } else {
                places[key] = result.count
                result.append(node)
            }
        }
        return result
    }

    /// What makes two entries the same: a mount's target, a port's whole address, a granted file's target.
    private static func identity(of node: Node, _ attribute: String) -> String {
        switch (attribute, node.content) {
        case ("volumes", .scalar(let scalar)):
            let parts = scalar.text.split(separator: ":", omittingEmptySubsequences: false)
            return String(parts.count > 1 ? parts[1] : parts.first ?? "")
        case ("tmpfs", .scalar(let scalar)): return String(scalar.text.prefix { $0 != ":" })
        case ("configs", .scalar(let scalar)), ("secrets", .scalar(let scalar)):
            return folder(attribute) + scalar.text
        case (_, .scalar(let scalar)): return scalar.text
        case ("volumes", .mapping(let mapping)): return mapping["target"]?.text ?? ""
        case ("env_file", .mapping(let mapping)): return mapping["path"]?.text ?? ""
        case ("ports", .mapping(let mapping)):
            return ["host_ip", "published", "target", "protocol"].map { mapping[$0]?.text ?? "" }.joined(separator: "/")
        case ("configs", .mapping(let mapping)), ("secrets", .mapping(let mapping)):
            return mapping["target"]?.text ?? folder(attribute) + (mapping["source"]?.text ?? "")
        case (_, .mapping(let mapping)): return (mapping["target"] ?? mapping["source"])?.text ?? ""
        case (_, .sequence): return ""
        }
    }

    /// Where a granted file is seen that has no target.
    private static func folder(_ attribute: String) -> String { attribute == "secrets" ? "/run/secrets/" : "/" }
}
