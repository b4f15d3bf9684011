import OrderedCollections
import YAML

extension ServiceDecoder {
    /// Memory, processes and the limits of setrlimit(2).
    static let limitAttributes: [String: ServiceAttribute] = [
        "mem_limit": { node, service, decoding in
            set(\.memoryLimit, in: &service, memory(node, "'mem_limit'", decoding), node, decoding)
        },
        "pids_limit": { node, service, decoding in
            set(\.pidsLimit, in: &service, decoding.integer(node, "'pids_limit'", in: -1 ... .max), node, decoding)
        },
        "deploy": { node, service, decoding in
            let limits = node.mapping?["resources"]?.mapping?["limits"]?.mapping
            if let memory = limits?["memory"] {
                set(\.memoryLimit, in: &service, Self.memory(memory, "'memory'", decoding), memory, decoding)
            }
            if let pids = limits?["pids"] {
                set(\.pidsLimit, in: &service, decoding.integer(pids, "'pids'", in: -1 ... .max), pids, decoding)
            }
            decodeDeployedResources(node, &service, decoding)
            decodeDeployedLifecycle(node, &service, decoding)
            service.deployment = deployment(node, decoding)
        },
        "shm_size": { node, service, decoding in service.shmSize = decoding.size(node, "'shm_size'") },
        "ulimits": { node, service, decoding in
            service.ulimits = ulimits(node, decoding)
        },
    ]

    /// Bytes; -1 is no limit.
    private static func memory(_ node: Node, _ name: String, _ decoding: Decoding) -> Int64? {
        node.text == "-1" ? nil : decoding.size(node, name)
    }

    /// The same limit can be given in two places, which must agree.
    private static func set(
        _ path: WritableKeyPath<Service, Int64?>, in service: inout Service, _ value: Int64?, _ node: Node,
        _ decoding: Decoding
    ) {
        guard let value else { return }
        if let other = service[keyPath: path], other != value {
            decoding.diagnostics.error(
                .conflict, at: node,
                "'deploy.resources.limits' and the service's own limit differ: \(other) and \(value)",
                remedy: "give it in one place only")
        }
        service[keyPath: path] = value
    }

    static func ulimits(_ node: Node, _ decoding: Decoding) -> OrderedDictionary<String, Ulimit> {
        var result: OrderedDictionary<String, Ulimit> = [:]
        for entry in node.mapping?.entries ?? [] {
            guard let name = entry.key.text else { continue }
            guard ResourceLimitName.all.contains(name) else {
                decoding.diagnostics.error(
                    .unusable, at: entry.key, "'\(name)' is not a limit",
                    remedy: Suggestion.remedy(for: name, among: ResourceLimitName.all)
                        ?? "use one of \(ResourceLimitName.all.joined(separator: ", "))")
                continue
            }
            result[name] = ulimit(entry.value, decoding)
        }
        return result
    }

    private static func ulimit(_ node: Node, _ decoding: Decoding) -> Ulimit? {
        let bounds: ClosedRange<Int64> = -1 ... .max
        guard let mapping = node.mapping else {
            return decoding.integer(node, "a limit", in: bounds).map { Ulimit(soft: $0, hard: $0) }
        }
        guard let soft = mapping["soft"].flatMap({ decoding.integer($0, "'soft'", in: bounds) }),
            let hard = mapping["hard"].flatMap({ decoding.integer($0, "'hard'", in: bounds) })
        else { return nil }
        if hard != -1, soft == -1 || soft > hard {
            decoding.diagnostics.error(
                .unusable, at: node, "the soft limit \(soft) is above the hard limit \(hard)",
                remedy: "lower 'soft', or raise 'hard'")
        }
        return Ulimit(soft: soft, hard: hard)
    }
}

/// The resources of setrlimit(2), in the spelling of `ulimits:`.
enum ResourceLimitName {
    static let all = [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
        "rtprio",
        "rttime", "sigpending", "stack",
    ]
}
