import YAML

/// Makes the relative paths of a file mean the same in a file of another folder.
///
/// Works on long forms, and on the short form of a mount.
struct PathRebaser {
    /// Absolute: where the paths start, and where they are to start.
    let from: String
    let to: String

    /// A whole file.
    func document(_ node: Node) -> Node {
        guard from != to, let mapping = node.mapping else { return node }
        let entries = mapping.entries.map { entry in
            switch entry.key.text {
            case "services":
                Mapping.Entry(key: entry.key, value: each(entry.value) { service(withImpliedContext($0)) })
            case "configs", "secrets": Mapping.Entry(key: entry.key, value: each(entry.value, fileObject))
            case "volumes": Mapping.Entry(key: entry.key, value: each(entry.value, volume))
            default: entry
            }
        }
        return Node(.mapping(Mapping(entries)), tag: node.tag, at: node)
    }

    /// One entry of `services:`.
    func service(_ node: Node) -> Node {
        guard from != to, let mapping = node.mapping else { return node }
        let entries = mapping.entries.map { entry in
            let value: Node =
                switch entry.key.text {
                case "build": build(entry.value)
                case "env_file": items(entry.value) { rewriting($0, "path", path) }
                case "label_file": items(entry.value, path)
                case "volumes": items(entry.value, mount)
                case "develop": rewriting(entry.value, "watch") { items($0) { rewriting($0, "path", path) } }
                case "extends": rewriting(entry.value, "file", path)
                default: entry.value
                }
            return Mapping.Entry(key: entry.key, value: value)
        }
        return Node(.mapping(Mapping(entries)), tag: node.tag, at: node)
    }

    // MARK: Attributes

    private func build(_ node: Node) -> Node {
        let result = rewriting(rewriting(node, "context", contextPath), "additional_contexts") { each($0, contextPath) }
        return rewriting(result, "ssh") { each($0, path) }
    }

    /// The implied context of an included file is the folder of that file; a service that is extended takes, as Compose
    /// has it, that of the one that extends it.
    private func withImpliedContext(_ service: Node) -> Node {
        rewriting(service, "build") { node in
            guard let mapping = node.mapping, mapping["context"] == nil, mapping["packages"] == nil else { return node }
            let entry = Mapping.Entry(
                key: Node(.scalar(Scalar("context")), at: node), value: Node(.scalar(Scalar(".")), at: node))
            return Node(.mapping(Mapping(mapping.entries + [entry])), tag: node.tag, at: node)
        }
    }

    private func mount(_ node: Node) -> Node {
        if let mapping = node.mapping {
            return mapping["type"]?.text == "bind" ? rewriting(node, "source", path) : node
        }
        guard let text = node.text, text.hasPrefix("."), let end = text.firstIndex(of: ":") else { return node }
        return scalar(joined(String(text[..<end])) + text[end...], like: node)
    }

    private func fileObject(_ node: Node) -> Node { rewriting(node, "file", path) }

    private func volume(_ node: Node) -> Node {
        guard node.mapping?["driver_opts"]?.mapping?["o"]?.text == "bind" else { return node }
        return rewriting(node, "driver_opts") { rewriting($0, "device", path) }
    }

    private func contextPath(_ node: Node) -> Node {
        guard let text = node.text, !BuildResolution.isRemote(text) else { return node }
        return path(node)
    }

    private func path(_ node: Node) -> Node {
        guard let text = node.text, !node.isNull, !text.isEmpty, !text.hasPrefix("/"), !text.hasPrefix("~"),
            !text.hasPrefix("$")
        else { return node }
        return scalar(joined(text), like: node)
    }

    /// Relative where it is below the new folder.
    private func joined(_ path: String) -> String {
        let absolute = Path.absolute(path, base: from)
        if absolute == to { return "." }
        let folder = to == "/" ? "/" : to + "/"
        return absolute.hasPrefix(folder) ? "./" + absolute.dropFirst(folder.utf8.count) : absolute
    }

    // MARK: Rewriting

    private func scalar(_ text: String, like node: Node) -> Node {
        Node(.scalar(Scalar(text, style: node.scalar?.style ?? .plain)), tag: node.tag, at: node)
    }

    private func rewriting(_ node: Node, _ key: String, _ body: (Node) -> Node) -> Node {
        guard let value = node.mapping?[key] else { return node }
        return node.replacing(key, by: body(value))
    }

    private func items(_ node: Node, _ body: (Node) -> Node) -> Node {
        guard let nodes = node.sequence else { return node }
        return Node(.sequence(nodes.map(body)), tag: node.tag, at: node)
    }

    private func each(_ node: Node, _ body: (Node) -> Node) -> Node {
        guard let mapping = node.mapping else { return node }
        let entries = mapping.entries.map { Mapping.Entry(key: $0.key, value: body($0.value)) }
        return Node(.mapping(Mapping(entries)), tag: node.tag, at: node)
    }
}
