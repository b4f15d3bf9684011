import YAML

extension ServiceDecoder {
    /// `ready`.
    static let readyAttributes: [String: ServiceAttribute] = [
        "ready": { node, service, decoding in service.ready = ready(node, decoding) }
    ]

    private static func ready(_ node: Node, _ decoding: Decoding) -> Ready? {
        let mappings = node.sequence?.compactMap(\.mapping) ?? node.mapping.map { [$0] } ?? []
        var result = Ready(conditions: [], position: node.position)
        for mapping in mappings {
            for entry in mapping.entries {
                switch entry.key.text {
                case "all": result.requiresAll = decoding.boolean(entry.value) ?? false
                case "timeout": result.timeout = decoding.duration(entry.value, "'timeout'") ?? result.timeout
                default:
                    if let condition = condition(entry, decoding) { result.conditions.append(condition) }
                }
            }
        }
        let names = ["tcp", "http", "log", "file", "exec"]
        let keys = mappings.flatMap(\.entries).compactMap(\.key.text)
        // Of a key that is no condition at all the schema has spoken.
        if keys.allSatisfy({ ["all", "timeout"].contains($0) || $0.hasPrefix("x-") }) {
            decoding.diagnostics.error(
                .missingKey, at: node, "'ready' has no condition",
                remedy: "give one of \(names.joined(separator: ", "))")
            return nil
        }
        return result
    }

    private static func condition(_ entry: Mapping.Entry, _ decoding: Decoding) -> Ready.Condition? {
        let node = entry.value
        switch entry.key.text {
        case "tcp": return port(node, "'tcp'", decoding).map(Ready.Condition.tcp)
        case "http": return http(node, decoding)
        case "log":
            guard let pattern = decoding.nonEmpty(node, "'log'") else { return nil }
            do throws(LogPattern.Invalid) {
                _ = try LogPattern(pattern)
                return .log(pattern)
            } catch {
                decoding.diagnostics.error(
                    .invalidValue, at: node, "'log' is not an extended regular expression: \(error.reason)",
                    remedy: "see regex(7); put a backslash before characters that mean themselves")
                return nil
            }
        case "file": return containerPath(node, "'file'", decoding).map(Ready.Condition.file)
        case "exec":
            guard let words = command(node, "'exec'", decoding) else { return nil }
            if words.isEmpty {
                decoding.diagnostics.error(.invalidValue, at: node, "'exec' must name a program")
                return nil
            }
            return .exec(words)
        default: return nil
        }
    }

    private static func http(_ node: Node, _ decoding: Decoding) -> Ready.Condition? {
        guard let mapping = node.mapping else {
            return port(node, "'http'", decoding).map { .http(port: $0, path: "/", status: nil) }
        }
        guard let port = mapping["port"].flatMap({ port($0, "'port'", decoding) }) else { return nil }
        let path = mapping["path"].flatMap { containerURLPath($0, decoding) } ?? "/"
        let status = mapping["status"].flatMap { decoding.integer($0, "'status'", in: 100...599) }
        return .http(port: port, path: path, status: status.map(Int.init))
    }

    private static func containerURLPath(_ node: Node, _ decoding: Decoding) -> String? {
        guard let path = decoding.nonEmpty(node, "'path'") else { return nil }
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            decoding.diagnostics.error(
                .invalidValue, at: node, "'\(path)' can't be requested",
                remedy: "begin with '/', and write spaces and non-ASCII characters as %20 and the like")
            return nil
        }
        return path
    }

    private static func port(_ node: Node, _ name: String, _ decoding: Decoding) -> UInt16? {
        decoding.integer(node, name, in: 1...65535).map { UInt16($0) }
    }
}
