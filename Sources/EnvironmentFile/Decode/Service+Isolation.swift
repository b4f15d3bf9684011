import OrderedCollections
import YAML

extension ServiceDecoder {
    /// Namespaces, kernel parameters, groups and streams.
    static let isolationAttributes: [String: ServiceAttribute] = [
        "pid": { node, service, decoding in
            guard let mode = namespace(node, "'pid'", &service, decoding) else { return }
            service.isolation.processes = mode
            guard mode == .host else { return }
            decoding.diagnostics.warning(
                .notHonoured, at: node,
                "'pid: host' shows the processes of this environment's services, not those of the whole machine")
        },
        "ipc": { node, service, decoding in
            if let mode = ipc(node, &service, decoding) { service.isolation.ipc = mode }
        },
        "uts": { node, service, decoding in
            switch decoding.text(node) {
            case "host": service.isolation.usesHostName = true
            case nil, "", "private": break
            case let other?:
                decoding.diagnostics.error(
                    .unusable, at: node, "'uts' can't be '\(other)'", remedy: "write 'host', or leave it out")
            }
        },
        "cgroup": { node, _, decoding in
            guard node.text == "host" else { return }
            decoding.diagnostics.warning(
                .notHonoured, at: node, "'cgroup: host' is not honoured: a container sees its own control groups only")
        },
        "userns_mode": { node, _, decoding in
            guard let mode = decoding.text(node), mode != "host" else { return }
            decoding.diagnostics.warning(
                .notHonoured, at: node, "'userns_mode: \(mode)' is not honoured: containers are in the harness's own",
                remedy: "write 'host', or remove it")
        },
        "group_add": { node, service, decoding in service.isolation.groups = decoding.texts(node) },
        "annotations": { node, service, decoding in service.isolation.annotations = decoding.labels(node) },
        "tty": { node, service, decoding in service.isolation.hasTerminal = decoding.boolean(node) ?? false },
        "stdin_open": { node, service, decoding in
            service.isolation.keepsInputOpen = decoding.boolean(node) ?? false
        },
        "sysctls": { node, service, decoding in service.isolation.sysctls = sysctls(node) },
        "oom_score_adj": { node, service, decoding in
            service.isolation.oomScoreAdjustment = decoding.integer(node, "'oom_score_adj'", in: -1000...1000)
                .map(Int32.init)
        },
        "volumes_from": { node, service, decoding in
            service.isolation.volumesFrom = (node.sequence ?? []).compactMap { volumesFrom($0, &service, decoding) }
        },
    ]

    /// `host`, `service:NAME`; `nil` for nothing, and for what has been reported.
    private static func namespace(
        _ node: Node, _ name: String, _ service: inout Service, _ decoding: Decoding
    ) -> NamespaceMode? {
        guard let text = decoding.text(node), !text.isEmpty, text != "private" else { return nil }
        if text == "host" { return .host }
        return other(text, node, name, &service, decoding).map { .service($0) }
    }

    private static func ipc(_ node: Node, _ service: inout Service, _ decoding: Decoding) -> IPCMode? {
        switch decoding.text(node) {
        case nil, "": return nil
        case "none": return IPCMode.none
        case "private": return .private
        case "shareable": return .shareable
        case "host":
            decoding.diagnostics.warning(
                .notHonoured, at: node,
                "'ipc: host' shares memory with this environment's services, not with the whole machine")
            return .host
        case let text?: return other(text, node, "'ipc'", &service, decoding).map { .service($0) }
        }
    }

    /// The service of `service:NAME`, which is to be started before.
    private static func other(
        _ text: String, _ node: Node, _ name: String, _ service: inout Service, _ decoding: Decoding
    ) -> String? {
        if text.hasPrefix("service:"), text.utf8.count > "service:".utf8.count {
            let other = String(text.dropFirst("service:".count))
            depend(&service, on: other, at: node.position)
            return other
        }
        if text.hasPrefix("container:") {
            decoding.diagnostics.error(
                .notHonoured, at: node, "\(name) can't be that of a container outside of the environment",
                remedy: "write 'service:NAME'")
            return nil
        }
        decoding.diagnostics.error(
            .unusable, at: node, "\(name) can't be '\(text)'", remedy: "write 'host' or 'service:NAME'")
        return nil
    }

    /// As `depends_on` does, unless it says so already: what is shared must be there first.
    static func depend(_ service: inout Service, on other: String, at position: SourcePosition) {
        guard !service.dependsOn.contains(where: { $0.service == other }) else { return }
        var dependency = Dependency(service: other, position: position)
        dependency.isImplied = true
        service.dependsOn.append(dependency)
    }

    /// `SERVICE[:ro|rw]`.
    private static func volumesFrom(_ node: Node, _ service: inout Service, _ decoding: Decoding) -> VolumesFrom? {
        guard let text = decoding.nonEmpty(node, "an entry of 'volumes_from'") else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts[0] == "container", parts.count > 1 {
            decoding.diagnostics.error(
                .notHonoured, at: node, "volumes of a container outside of the environment can't be mounted",
                remedy: "name a service, or mount the volume itself under 'volumes'")
            return nil
        }
        guard parts.count == 1 || (parts.count == 2 && ["ro", "rw"].contains(parts[1])) else {
            decoding.diagnostics.error(
                .unusable, at: node, "'\(text)' is no service", remedy: "write SERVICE, SERVICE:ro or SERVICE:rw")
            return nil
        }
        depend(&service, on: parts[0], at: node.position)
        return VolumesFrom(service: parts[0], isReadOnly: parts.last == "ro", position: node.position)
    }

    private static func sysctls(_ node: Node) -> OrderedDictionary<String, Located<String>> {
        var result: OrderedDictionary<String, Located<String>> = [:]
        for entry in node.mapping?.entries ?? [] {
            guard let key = entry.key.text else { continue }
            result[key] = Located(entry.value.isNull ? "" : entry.value.text ?? "", at: entry.key.position)
        }
        return result
    }
}
