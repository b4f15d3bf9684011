import YAML

extension ServiceDecoder {
    /// `configs` and `secrets`.
    static let grantAttributes: [String: ServiceAttribute] = [
        "configs": { node, service, decoding in
            service.configs = (node.sequence ?? []).compactMap { grant($0, folder: "/", decoding) }
        },
        "secrets": { node, service, decoding in
            service.secrets = (node.sequence ?? []).compactMap { grant($0, folder: "/run/secrets/", decoding) }
        },
    ]

    /// A relative target of a secret is below `/run/secrets`, as the specification says.
    private static func grant(_ node: Node, folder: String, _ decoding: Decoding) -> FileGrant? {
        guard let mapping = node.mapping else {
            guard let name = decoding.nonEmpty(node, "the name") else { return nil }
            return FileGrant(source: name, target: folder + name, position: node.position)
        }
        guard let sourceNode = mapping["source"] else {
            decoding.diagnostics.error(.missingKey, at: node, "this entry must say its 'source'")
            return nil
        }
        guard let source = decoding.nonEmpty(sourceNode, "'source'") else { return nil }
        let target = decoding.text(mapping["target"]) ?? source
        return FileGrant(
            source: source, target: Path.normalized(target.hasPrefix("/") ? target : folder + target),
            uid: decoding.text(mapping["uid"]), gid: decoding.text(mapping["gid"]),
            mode: mapping["mode"].flatMap { FileMode.decode($0, decoding) } ?? 0o444, position: sourceNode.position)
    }
}
