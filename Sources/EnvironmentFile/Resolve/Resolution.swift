import YAML

/// What the printing of every attribute may look at.
struct Resolution {
    /// What the model is printed for.
    enum Style: Sendable {
        /// The typed model. Empty objects are shown; of extensions only those of the top level.
        case json
        /// The typed model, with all extensions.
        case yaml
        /// The document before types are looked at (`--no-interpolate`): values as written, keys sorted.
        case document
    }

    var style: Style
    var options: ResolveOptions
    var variables: Variables
    /// Absolute; where relative paths start.
    var directory: String
    var projectName: String
    var diagnostics: DiagnosticCollector
    /// The key of the top-level entry that is printed.
    var key = ""

    // MARK: Objects

    /// The entries of an object in the order of its form, then the extensions.
    func entries(_ mapping: Mapping, _ form: ObjectForm, extensions: Bool = false) -> [ResolvedValue.Entry] {
        var found: [(place: Int, value: ResolvedValue)] = []
        var others: [ResolvedValue.Entry] = []
        for entry in mapping.entries {
            guard let key = entry.key.text else { continue }
            if let field = form.written[key] {
                if let value = value(entry.value, field.form) { found.append((field.place, value)) }
            } else if style != .json || extensions {
                others.append(ResolvedValue.Entry(key, verbatim(entry.value)))
            }
        }
        for field in form.derived {
            if let value = field.value(mapping, self) { found.append((field.place, value)) }
        }
        found.sort { $0.place < $1.place }
        others.sort { precedes($0.key, $1.key) }
        return found.map { ResolvedValue.Entry(form.names[$0.place], $0.value) } + others
    }

    /// How keys are sorted: bytewise, in YAML with numbers by their value.
    func precedes(_ left: String, _ right: String) -> Bool {
        style == .json ? left < right : NaturalOrder.precedes(left, right)
    }

    // MARK: Values

    /// The value of a node by its form; `nil` where nothing is printed.
    func value(_ node: Node, _ form: Form) -> ResolvedValue? {
        switch form {
        case .dropped: return nil
        case .verbatim: return verbatim(node)
        case .custom(let body): return body(node, self)
        case .object(let form):
            guard let mapping = node.mapping else { return nil }
            return .map(entries(mapping, form))
        case .structure(let form):
            let entries = node.mapping.map { self.entries($0, form) } ?? []
            return entries.isEmpty && style != .json ? nil : .map(entries)
        case .list(let element):
            let values = (node.sequence ?? []).compactMap { value($0, element) }
            return values.isEmpty ? nil : .list(values)
        case .dictionary(let element):
            return dictionary(node) { value($0, element) ?? .null }
        case .path: return path(node)
        default:
            if style == .document { return node.isNull ? nil : verbatim(node) }
            return typed(node, form)
        }
    }

    private func typed(_ node: Node, _ form: Form) -> ResolvedValue? {
        switch form {
        case .texts: return texts(node)
        case .uniqueTexts: return uniqueTexts(node)
        case .text:
            guard let text = ScalarText.text(node), !text.isEmpty else { return nil }
            return .string(text)
        case .flag: return ScalarText.flag(node) == true ? .bool(true) : nil
        case .optionalFlag: return ScalarText.flag(node).map(ResolvedValue.bool)
        case .integer: return ScalarText.integer(node).flatMap { $0 == 0 ? nil : .integer($0) }
        case .optionalInteger: return ScalarText.integer(node).map(ResolvedValue.integer)
        case .fraction: return fraction(node).flatMap { $0 == 0 ? nil : .float($0) }
        case .size: return size(node)
        case .duration: return duration(node).flatMap { $0 == .zero ? nil : .string(DurationText.print($0)) }
        case .optionalDuration: return duration(node).map { .string(DurationText.print($0)) }
        case .command: return command(node)
        case .variables: return dictionary(node) { $0.isNull ? .null : .string(ScalarText.text($0) ?? "") }
        case .labels: return dictionary(node) { .string($0.isNull ? "" : ScalarText.text($0) ?? "") }
        default: return nil
        }
    }

    /// The entries sorted by their key; `nil` for none.
    func dictionary(_ node: Node, _ body: (Node) -> ResolvedValue) -> ResolvedValue? {
        let written = node.mapping?.entries ?? Normalizer.pairs(node).mapping?.entries ?? []
        let entries = written.compactMap { entry in
            entry.key.text.map { ResolvedValue.Entry($0, body(entry.value)) }
        }
        return entries.isEmpty ? nil : .map(entries.sorted { precedes($0.key, $1.key) })
    }

    /// A text alone is a list of one.
    func texts(_ node: Node) -> ResolvedValue? {
        let nodes = node.sequence ?? (node.isNull || node.text?.isEmpty ?? false ? [] : [node])
        let texts = nodes.compactMap { ScalarText.text($0).map(ResolvedValue.string) }
        return texts.isEmpty ? nil : .list(texts)
    }

    private func uniqueTexts(_ node: Node) -> ResolvedValue? {
        guard case .list(let elements)? = texts(node) else { return nil }
        var seen: Set<ResolvedValue> = []
        return .list(elements.filter { seen.insert($0).inserted })
    }

    func size(_ node: Node) -> ResolvedValue? {
        guard let bytes = SizeText.parse(node) else { return nil }
        return bytes == 0 ? nil : .string(String(bytes))
    }

    private func fraction(_ node: Node) -> Float? {
        if case .integer(let value) = ScalarText.value(node) { return Float(value) }
        return node.text.flatMap { Float($0) }
    }

    func duration(_ node: Node) -> Duration? { node.text.flatMap(DurationText.parse) }

    /// A list stays as it is, even when empty: it takes the place of the image's.
    func command(_ node: Node) -> ResolvedValue? {
        if node.isNull { return nil }
        if style == .document { return verbatim(node) }
        if let nodes = node.sequence {
            return .list(nodes.compactMap { ScalarText.text($0).map(ResolvedValue.string) })
        }
        return node.text.flatMap(ShellWords.split).map { .list($0.map(ResolvedValue.string)) }
    }

    func path(_ node: Node) -> ResolvedValue? {
        guard let text = ScalarText.text(node), !text.isEmpty else { return nil }
        return .string(hostPath(text))
    }

    /// A path on the host, absolute unless the options say otherwise.
    func hostPath(_ path: String) -> String {
        // What is absolute already stays as it is written, trailing slashes included.
        guard options.resolvesPaths, !path.hasPrefix("/") else { return path }
        return Path.absolute(Path.expandingHome(path, home: variables.home), base: directory)
    }

    /// The node as it stands, the keys of its mappings sorted.
    func verbatim(_ node: Node) -> ResolvedValue {
        switch node.content {
        case .sequence(let nodes): .list(nodes.map(verbatim))
        case .mapping(let mapping):
            .map(
                mapping.entries.compactMap { entry in
                    entry.key.text.map { ResolvedValue.Entry($0, verbatim(entry.value)) }
                }.sorted { precedes($0.key, $1.key) })
        case .scalar: ScalarText.value(node)
        }
    }
}
