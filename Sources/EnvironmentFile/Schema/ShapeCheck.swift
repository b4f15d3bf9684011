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

        /// Where its keys are.
        var place: String {
            if case .file = self { "here" } else { "in \(description)" }
        }

        /// What an entry of the node is.
        var element: Subject {
            if case .value(let key) = self { .entry(of: key) } else { self }
        }
    }

    /// Compares a whole file.
    func check(_ file: Node) {
        check(file, FileSchema.file, .file, SupportTable.tree)
    }

    /// Compares one entry of `services:`.
    func check(service: Node) {
        check(service, ServiceSchema.service, .file, SupportTable.tree["services"]?["*"])
    }

    /// - Parameter support: That of the attributes below; `nil` where there is nothing to say about any of them.
    private func check(_ node: Node, _ shape: Shape, _ name: Subject, _ support: SupportTree?) {
        // Whether a value is to be removed or replaced is known only when files are merged.
        if node.tag == "!reset" { return }
        switch shape {
        case .any: return
        case .oneOf(let shapes): check(node, oneOf: shapes, name, support)
        case .list(let element):
            guard let nodes = node.sequence else { return mismatch(node, shape, name) }
            for item in nodes { check(item, element, name.element, support) }
        case .set(let element):
            guard let nodes = node.sequence else { return mismatch(node, shape, name) }
            var seen: Set<String> = []
            for item in nodes {
                check(item, element, name.element, support)
                guard let text = item.text, !seen.insert(text).inserted else { continue }
                diagnostics.error(.duplicate, at: item, "'\(text)' is listed twice", remedy: "remove one of them")
            }
        case .dictionary(let value):
            guard let mapping = node.mapping else { return mismatch(node, shape, name) }
            let inner = support?["*"]
            let isServices = if case .object = value { true } else { false }
            for entry in mapping.entries where isTextKey(entry.key) {
                // Names of services have their own rule.
                if !isServices, entry.key.text?.isEmpty ?? false {
                    diagnostics.error(.invalidValue, at: entry.key, "a name \(name.place) can't be empty")
                }
                check(entry.value, value, .value(of: entry.key), inner)
            }
        case .object(let fields, let required):
            guard let mapping = node.mapping else { return mismatch(node, shape, name) }
            check(mapping, of: node, fields, required: required, name, support)
        default:
            if !accepts(shape, node) { mismatch(node, shape, name) }
        }
    }

    private func check(_ node: Node, oneOf shapes: [Shape], _ name: Subject, _ support: SupportTree?) {
        guard let match = shapes.first(where: { accepts($0, node) }) ?? shapes.first(where: { isNear($0, node) }) else {
            return mismatch(node, .oneOf(shapes), name)
        }
        check(node, match, name, support)
    }

    private func check(
        _ mapping: Mapping, of node: Node, _ fields: [String: Shape], required: [String], _ name: Subject,
        _ support: SupportTree?
    ) {
        for entry in mapping.entries where isTextKey(entry.key) {
            guard let key = entry.key.text else { continue }
            guard let shape = fields[key] else {
                if !key.hasPrefix("x-") { unknown(entry, key, fields, in: name) }
                continue
            }
            let inner = support?[key]
            let isSettled = inner.map { report($0.support, of: entry.key, key) } ?? true
            check(entry.value, shape, .value(of: entry.key), isSettled ? nil : inner)
        }
        for key in required where mapping[key] == nil && !isMisspelt(key, in: mapping, fields) {
            diagnostics.error(.missingKey, at: node, "\(name.description) has no '\(key)'")
        }
    }

    /// Tells what does not have its effect.
    ///
    /// - Returns: Whether that is all there is to say about what is below.
    private func report(_ support: Support, of key: Node, _ name: String) -> Bool {
        switch support {
        case .honoured, .partly: return false
        case .accepted: return true
        case .ignored(let remedy):
            diagnostics.warning(
                .notHonoured, at: key, "'\(name)' is not honoured by this version", remedy: remedy)
        case .obsolete:
            diagnostics.warning(.obsolete, at: key, "'\(name)' is obsolete", remedy: "remove it")
        }
        return true
    }

    private func unknown(_ entry: Mapping.Entry, _ key: String, _ fields: [String: Shape], in name: Subject) {
        let (node, value) = (entry.key, entry.value)
        if diagnostics.isFull { return diagnostics.error(.unknownKey, at: node, "'\(key)' is not known") }
        diagnostics.error(
            .unknownKey, at: node, "'\(key)' is not known \(name.place)",
            remedy: Suggestion.remedy(for: key, among: fields.keys) ?? misplaced(value, in: name)
                ?? "prefix it with 'x-' if it is meant for another program")
    }

    /// What to do about a service at the top level.
    private func misplaced(_ value: Node, in name: Subject) -> String? {
        guard case .file = name, let mapping = value.mapping, mapping["image"] != nil || mapping["build"] != nil else {
            return nil
        }
        return "indent it below 'services:'"
    }

    /// Whether a key that is not known has been reported as this one.
    private func isMisspelt(_ key: String, in mapping: Mapping, _ fields: [String: Shape]) -> Bool {
        mapping.entries.contains { entry in
            guard let name = entry.key.text, fields[name] == nil else { return false }
            return Suggestion.closest(to: name, among: fields.keys) == key
        }
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
        case (.any, _): return true
        case (.oneOf(let shapes), _): return shapes.contains { accepts($0, node) }
        case (.list, .sequence), (.set, .sequence), (.object, .mapping), (.dictionary, .mapping): return true
        case (_, .scalar(let scalar)): return accepts(shape, node.value ?? .null, scalar.text)
        default: return false
        }
    }

    private func accepts(_ shape: Shape, _ value: Value, _ text: String) -> Bool {
        switch (shape, value) {
        case (.null, .null), (.string, .string), (.boolean, .bool), (.integer, .int), (.number, .int),
            (.number, .float), (.scalar, _), (.stringOrNumber, .string), (.stringOrNumber, .int),
            (.stringOrNumber, .float), (.stringOrInteger, .string), (.stringOrInteger, .int):
            true
        case (.integer, .float(let number)), (.stringOrInteger, .float(let number)):
            Int64(exactly: number) != nil
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

    /// Attributes that are times.
    private static let durations: Set<String> = [
        "delay", "interval", "monitor", "pull_refresh_after", "start_interval", "start_period", "stop_grace_period",
        "timeout", "window",
    ]

    private func mismatch(_ node: Node, _ shape: Shape, _ name: Subject) {
        var remedy: String?
        switch (shape, node.content) {
        case (.choice(let values), .scalar(let scalar)): remedy = Suggestion.remedy(for: scalar.text, among: values)
        case (_, .scalar(let scalar)) where accepts(shape, .string(scalar.text), scalar.text) && !node.isNull:
            remedy = "put it in quotes: \"\(scalar.text)\""
        case (.object, .scalar), (.dictionary, .scalar): remedy = Self.remedy(forScalar: node)
        case (.list, .scalar) where !node.isNull: remedy = "begin each entry with '- '"
        case (.string, .mapping(let mapping)): remedy = Self.remedy(forEntry: mapping)
        default: break
        }
        if case .value(let key) = name, Self.durations.contains(key.text ?? ""), case .int(let number) = node.value {
            remedy = "write the unit: \(number)s"
        }
        let diagnostic = Diagnostic(
            .error, .wrongType, .position(node.position),
            "\(name.description) must be \(shape.description)\(found(node))", remedy: remedy)
        // Nothing on top of something leaves it as it was.
        if node.isNull {
            diagnostics.postpone(diagnostic, at: node.position)
        } else {
            diagnostics.add(diagnostic)
        }
    }

    /// What to do about `- KEY: value` where `- KEY=value` is wanted.
    private static func remedy(forEntry mapping: Mapping) -> String? {
        guard let entry = mapping.entries.first, mapping.entries.count == 1, let key = entry.key.text,
            let value = entry.value.text
        else { return nil }
        let whole = "\(key): \(value)"
        return whole.utf8.count <= 40 ? "write '\(key)=\(value)', or put it in quotes: \"\(whole)\"" : nil
    }

    /// What to do about a leaf where a mapping is wanted.
    private static func remedy(forScalar node: Node) -> String? {
        if node.isNull { return "indent what belongs to it below it, or remove it" }
        guard let text = node.text, let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return nil }
        return "write a space after the ':'"
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
