import YAML

/// Compares a document with the shapes that it must have.
///
/// Reports unknown keys, wrong types and whatever is valid but not honoured, so that the decoding may take the shape of
/// things for granted and has only to look at values.
struct ShapeCheck {
    let diagnostics: DiagnosticCollector

    /// What a node is, put into words only when there is something to say.
    enum Subject {
        case file
        case value(of: Node)
        case entry(of: Node)

        var description: String {
            switch self {
            case .file: "the file"
            case .value(let key): "'\(key.text ?? "")'"
            case .entry(let key): "each entry of '\(key.text ?? "")'"
            }
        }

        /// What an entry of the node is.
        var element: Subject {
            if case .value(let key) = self { .entry(of: key) } else { self }
        }
    }

    /// Compares a whole file.
    func check(_ file: Node) {
        check(file, FileSchema.file, .file)
    }

    /// Compares one entry of `services:`.
    func check(service: Node) {
        check(service, ServiceSchema.service, .file)
    }

    private func check(_ node: Node, _ shape: Shape, _ name: Subject) {
        // Whether a value is to be removed or replaced is known only when files are merged.
        if node.tag == "!reset" { return }
        switch shape {
        case .any, .obsolete: return
        case .ignored(let inner): check(node, inner, name)
        case .oneOf(let shapes): check(node, oneOf: shapes, name)
        case .list(let element):
            guard let nodes = node.sequence else { return mismatch(node, shape, name) }
            for item in nodes { check(item, element, name.element) }
        case .dictionary(let value):
            guard let mapping = node.mapping else { return mismatch(node, shape, name) }
            for entry in mapping.entries where isTextKey(entry.key) {
                check(entry.value, value, .value(of: entry.key))
            }
        case .object(let fields, let required):
            guard let mapping = node.mapping else { return mismatch(node, shape, name) }
            check(mapping, of: node, fields, required: required, name)
        default:
            if !accepts(shape, node) { mismatch(node, shape, name) }
        }
    }

    private func check(_ node: Node, oneOf shapes: [Shape], _ name: Subject) {
        guard let match = shapes.first(where: { accepts($0, node) }) ?? shapes.first(where: { isNear($0, node) }) else {
            return mismatch(node, .oneOf(shapes), name)
        }
        check(node, match, name)
    }

    private func check(
        _ mapping: Mapping, of node: Node, _ fields: [String: Shape], required: [String], _ name: Subject
    ) {
        for entry in mapping.entries where isTextKey(entry.key) {
            guard let key = entry.key.text else { continue }
            guard let shape = fields[key] else {
                if !key.hasPrefix("x-") { unknown(entry.key, key, fields, in: name) }
                continue
            }
            switch shape {
            case .ignored:
                diagnostics.warning(
                    .notHonoured, at: entry.key, "'\(key)' is not honoured by this version",
                    remedy: "remove it if the environment works without it")
            case .obsolete:
                diagnostics.warning(.obsolete, at: entry.key, "'\(key)' is obsolete", remedy: "remove it")
            default: break
            }
            check(entry.value, shape, .value(of: entry.key))
        }
        for key in required where mapping[key] == nil {
            diagnostics.error(.missingKey, at: node, "\(name.description) has no '\(key)'")
        }
    }

    private func unknown(_ node: Node, _ key: String, _ fields: [String: Shape], in name: Subject) {
        if diagnostics.isFull { return diagnostics.error(.unknownKey, at: node, "'\(key)' is not known") }
        var place = "in \(name.description)"
        if case .file = name { place = "here" }
        diagnostics.error(
            .unknownKey, at: node, "'\(key)' is not known \(place)",
            remedy: Suggestion.remedy(for: key, among: fields.keys)
                ?? "prefix it with 'x-' if it is meant for another program")
    }

    private func isTextKey(_ key: Node) -> Bool {
        if case .string = key.value { return true }
        let remedy = key.text.map { "quote it: \"\($0)\"" }
        diagnostics.error(.wrongType, at: key, "a key must be a string", remedy: remedy)
        return false
    }

    /// Whether the node is of that kind; of collections only the kind is compared.
    private func accepts(_ shape: Shape, _ node: Node) -> Bool {
        switch (shape, node.content) {
        case (.any, _), (.obsolete, _): return true
        case (.ignored(let inner), _): return accepts(inner, node)
        case (.oneOf(let shapes), _): return shapes.contains { accepts($0, node) }
        case (.list, .sequence), (.object, .mapping), (.dictionary, .mapping): return true
        case (_, .scalar(let scalar)): return accepts(shape, node.value ?? .null, scalar.text)
        default: return false
        }
    }

    private func accepts(_ shape: Shape, _ value: Value, _ text: String) -> Bool {
        switch (shape, value) {
        case (.null, .null), (.string, .string), (.boolean, .bool), (.integer, .int), (.number, .int),
            (.number, .float),
            (.scalar, _), (.stringOrNumber, .string), (.stringOrNumber, .int), (.stringOrNumber, .float):
            true
        // What came out of a variable is text; it counts as what it says.
        case (.boolean, .string): ScalarText.boolean(text) != nil
        case (.integer, .string): ScalarText.integer(text) != nil
        case (.number, .string): CoreSchema.number(text) != nil
        case (.choice(let values), .string): values.contains(text)
        default: false
        }
    }

    /// Whether this alternative is the one that was meant, for the better message: a leaf for a leaf.
    private func isNear(_ shape: Shape, _ node: Node) -> Bool {
        guard node.scalar != nil, !node.isNull else { return false }
        if case .choice = shape { return true }
        return false
    }

    private func mismatch(_ node: Node, _ shape: Shape, _ name: Subject) {
        var remedy: String?
        switch (shape, node.content) {
        case (.choice(let values), .scalar(let scalar)): remedy = Suggestion.remedy(for: scalar.text, among: values)
        case (_, .scalar(let scalar)) where accepts(shape, .string(scalar.text), scalar.text) && !node.isNull:
            remedy = "put it in quotes: \"\(scalar.text)\""
        case (.boolean, _), (.integer, _), (.number, _): break
        default: break
        }
        diagnostics.error(
            .wrongType, at: node, "\(name.description) must be \(shape.description)\(found(node))", remedy: remedy)
    }

    private func found(_ node: Node) -> String {
        switch node.content {
        case .sequence: ", not a list"
        case .mapping: ", not a mapping"
        case .scalar(let scalar):
            switch node.value {
            case .null: ", not empty"
            case .string: scalar.text.utf8.count <= 40 ? ", not '\(scalar.text)'" : ", not text"
            default: ", not \(scalar.text)"
            }
        }
    }
}
