/// Makes a mapping's entries of its alternating keys and values: finds duplicates, resolves merge keys.
enum MappingBuilder {
    /// Keys are compared by their text; collections as keys are not compared.
    ///
    /// An own key wins over a merged one, and the first of several merged mappings over the later ones
    /// (yaml.org/type/merge.html). Merged entries stand where `<<` stood and keep their own positions.
    static func entries(of nodes: [Node]) -> ([Mapping.Entry], [ParseError]) {
        var entries: [Mapping.Entry] = []
        entries.reserveCapacity(nodes.count / 2)
        var errors: [ParseError] = []
        var seen = KeySet(expecting: nodes.count / 2)
        var hasMerge = false
        for index in stride(from: 0, to: nodes.count - 1, by: 2) {
            let key = nodes[index]
            if let text = key.text, let first = seen.insert(text, key) {
                errors.append(ParseError(.duplicateKey(text, first: first.position), at: key.position))
                continue
            }
            hasMerge = hasMerge || isMerge(key)
            entries.append(Mapping.Entry(key: key, value: nodes[index + 1]))
        }
        guard hasMerge else { return (entries, errors) }
        return (merged(entries, &seen, &errors), errors)
    }

    private static func merged(
        _ entries: [Mapping.Entry], _ seen: inout KeySet, _ errors: inout [ParseError]
    ) -> [Mapping.Entry] {
        var result: [Mapping.Entry] = []
        for entry in entries {
            guard isMerge(entry.key) else {
                result.append(entry)
                continue
            }
            for source in sources(of: entry.value, &errors) {
                for inherited in source.entries {
                    guard let text = inherited.key.text else { continue }
                    if seen.insert(text, inherited.key) == nil { result.append(inherited) }
                }
            }
        }
        return result
    }

    private static func sources(of value: Node, _ errors: inout [ParseError]) -> [Mapping] {
        switch value.content {
        case .mapping(let mapping): return [mapping]
        case .sequence(let nodes):
            return nodes.compactMap { node in
                if node.mapping == nil { errors.append(ParseError(.mergeValue, at: node.position)) }
                return node.mapping
            }
        case .scalar:
            errors.append(ParseError(.mergeValue, at: value.position))
            return []
        }
    }

    private static func isMerge(_ key: Node) -> Bool {
        guard let scalar = key.scalar, scalar.text == "<<" else { return false }
        return key.tag == nil ? scalar.style == .plain : key.tag == Tag.prefix + "merge"
    }
}

/// The keys seen so far, looked through in order while they are few.
private struct KeySet {
    private var few: [Node] = []
    private var many: [String: Node] = [:]
    private let isSmall: Bool

    init(expecting count: Int) { isSmall = count <= 12 }

    /// - Returns: The earlier key with this text, if there is one.
    mutating func insert(_ text: String, _ key: Node) -> Node? {
        // Merging can add any number of keys to a small mapping.
        if isSmall, few.count <= 64 {
            if let first = few.first(where: { $0.text == text }) { return first }
            few.append(key)
            return nil
        }
        if many.isEmpty {
            for node in few { node.text.map { many[$0] = node } }
        }
        if let first = many[text] { return first }
        many[text] = key
        return nil
    }
}
