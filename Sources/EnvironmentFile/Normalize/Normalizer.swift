import OrderedCollections
import YAML

/// Turns short forms into long ones, once, so that merging and decoding see one form only.
///
/// - `x-test`, `x-ready` and the like get the names without `x-`;
/// - lists of `KEY=value` become mappings, of a key given twice the last value counts;
/// - `depends_on`, `env_file` and `build` get their long form; single strings become lists where lists are possible.
struct Normalizer {
    let diagnostics: DiagnosticCollector
    /// Whether lists of `KEY=value` stay lists, for a document that is shown as it was written.
    var keepsPairs = false

    // MARK: Names

    /// Renames the `x-` spelling of the additions; comes before the shapes are compared.
    func renamingAdditions(_ root: Node) -> Node {
        rewriting(renaming(Additions.file, in: root), "services") { services in
            rewritingEach(services) { service in
                rewriting(renaming(Additions.service, in: service), "build") { renaming(Additions.build, in: $0) }
            }
        }
    }

    private func renaming(_ names: [String: String], in node: Node) -> Node {
        guard let mapping = node.mapping, names.keys.contains(where: { mapping[$0] != nil }) else { return node }
        var entries: [Mapping.Entry] = []
        for entry in mapping.entries {
            guard let name = entry.key.text.flatMap({ names[$0] }) else {
                entries.append(entry)
                continue
            }
            if let other = mapping.entry(name) {
                diagnostics.error(
                    .duplicate, at: entry.key,
                    "'\(entry.key.text ?? "")' and '\(name)' on line \(other.key.line) say the same thing",
                    remedy: "keep one of them",
                    related: [Diagnostic.Related(other.key.position, "also given here")])
                continue
            }
            let key = Node(.scalar(Scalar(name)), at: entry.key)
            entries.append(Mapping.Entry(key: key, value: entry.value))
        }
        return Node(.mapping(Mapping(entries)), tag: node.tag, at: node)
    }

    // MARK: Forms

    /// The document in long forms; a node of the wrong shape is left alone.
    func longForms(_ root: Node) -> Node {
        guard let mapping = root.mapping else { return root }
        let entries = mapping.entries.map { entry in
            switch entry.key.text {
            case "services": with(entry, rewritingEach(entry.value) { forms($0, Self.serviceForms) })
            case "volumes", "networks", "configs", "secrets":
                with(entry, rewritingEach(entry.value) { forms($0, ["labels": .pairs]) })
            case "test":
                with(entry, forms(entry.value, ["environment": .pairs, "depends_on": .rewrite(Self.dependencies)]))
            default: entry
            }
        }
        return Node(.mapping(Mapping(entries)), tag: root.tag, at: root)
    }

    /// What happens to the value of a key.
    private indirect enum Form: Sendable {
        case pairs
        /// As ``pairs``, but what has no value is a mistake, but for one name.
        case assignments(except: String?)
        case list
        /// Names and addresses as a list of `NAME=ADDRESS`.
        case hosts
        case rewrite(@Sendable (Node) -> Node)
        /// First the value itself, then the keys below it.
        case object(@Sendable (Node) -> Node, [String: Form])
        case each([String: Form])
    }

    private static let serviceForms: [String: Form] = [
        "environment": .pairs, "labels": .pairs, "annotations": .pairs, "sysctls": .pairs,
        "env_file": .rewrite(environmentFiles), "depends_on": .rewrite(dependencies),
        "tmpfs": .list, "dns": .rewrite(servers), "dns_search": .list, "label_file": .rewrite(list),
        "extends": .rewrite(extending), "networks": .rewrite(keys), "models": .rewrite(keys), "extra_hosts": .hosts,
        "build": .object(
            build,
            [
                "args": .pairs, "labels": .pairs, "ssh": .assignments(except: "default"),
                "additional_contexts": .assignments(except: nil), "extra_hosts": .hosts,
                "cache_from": .list, "cache_to": .list, "no_cache_filter": .list,
            ]),
        "deploy": .object({ $0 }, ["labels": .pairs]),
        "post_start": .each(["environment": .pairs]), "pre_stop": .each(["environment": .pairs]),
        "develop": .object({ $0 }, ["watch": .each(["exec": .object({ $0 }, ["environment": .pairs])])]),
    ]

    private func forms(_ node: Node, _ table: [String: Form]) -> Node {
        guard let mapping = node.mapping else { return node }
        var isChanged = false
        let entries = mapping.entries.map { entry in
            guard let form = entry.key.text.flatMap({ table[$0] }) else { return entry }
            let value = apply(form, to: entry.value)
            isChanged = isChanged || value !== entry.value
            return Mapping.Entry(key: entry.key, value: value)
        }
        return isChanged ? Node(.mapping(Mapping(entries)), tag: node.tag, at: node) : node
    }

    private func apply(_ form: Form, to node: Node) -> Node {
        switch form {
        case .pairs: return keepsPairs ? node : Self.pairs(node)
        case .assignments(let name):
            if keepsPairs { return node }
            checkAssignments(node, except: name)
            return Self.pairs(node)
        case .list: return keepsPairs ? node : Self.list(node)
        case .hosts: return keepsPairs ? node : Self.hosts(node)
        case .rewrite(let body): return body(node)
        case .object(let body, let table): return forms(body(node), table)
        case .each(let table):
            guard let nodes = node.sequence else { return node }
            let results = nodes.map { forms($0, table) }
            let isSame = zip(nodes, results).allSatisfy { $0 === $1 }
            return isSame ? node : Node(.sequence(results), tag: node.tag, at: node)
        }
    }

    private func checkAssignments(_ node: Node, except name: String?) {
        for item in node.sequence ?? [] {
            guard let text = item.text, text != name, !text.utf8.contains(UInt8(ascii: "=")) else { continue }
            diagnostics.error(.invalidValue, at: item, "'\(text)' has no value", remedy: "write NAME=VALUE")
        }
    }

    /// `[NAME, …]` as a mapping without values.
    @Sendable private static func keys(_ node: Node) -> Node {
        guard let nodes = node.sequence, nodes.allSatisfy({ $0.text != nil && !$0.isNull }) else { return node }
        var seen: Set<String> = []
        let entries = nodes.filter { seen.insert($0.text ?? "").inserted }.map { item in
            Mapping.Entry(key: item, value: Node(.scalar(Scalar("")), at: item))
        }
        return Node(.mapping(Mapping(entries)), tag: node.tag, at: node)
    }

    @Sendable private static func hosts(_ node: Node) -> Node {
        guard let mapping = node.mapping else { return node }
        var items: [Node] = []
        for entry in mapping.entries {
            guard let name = entry.key.text else { return node }
            for address in entry.value.sequence ?? [entry.value] {
                guard let text = address.text else { return node }
                items.append(Node(.scalar(Scalar("\(name)=\(text)", style: .doubleQuoted)), at: address))
            }
        }
        return Node(.sequence(items), tag: node.tag, at: node)
    }

    @Sendable private static func extending(_ node: Node) -> Node {
        guard node.text != nil, !node.isNull else { return node }
        let entry = Mapping.Entry(key: Node(.scalar(Scalar("service")), at: node), value: node)
        return Node(.mapping(Mapping([entry])), tag: node.tag, at: node)
    }

    /// `[KEY=value, KEY]` as a mapping.
    @Sendable static func pairs(_ node: Node) -> Node {
        guard let nodes = node.sequence else { return node }
        var entries: [Mapping.Entry] = []
        var places: [String: Int] = [:]
        for item in nodes {
            guard let text = item.text else { continue }
            let name = String(text.prefix { $0 != "=" })
            let hasValue = name.utf8.count < text.utf8.count
            let value = Scalar(String(text.dropFirst(name.count + 1)), style: hasValue ? .doubleQuoted : .plain)
            let entry = Mapping.Entry(
                key: Node(.scalar(Scalar(name, style: .doubleQuoted)), at: item), value: Node(.scalar(value), at: item))
            if let place = places[name] {
                entries[place] = entry
            } else {
                places[name] = entries.count
                entries.append(entry)
            }
        }
        return Node(.mapping(Mapping(entries)), tag: node.tag, at: node)
    }

    /// Variables inside of a list's entries, which the long forms above do not reach.
    static func variables(_ node: Node?) -> Node? { node.map(pairs) }

    @Sendable private static func dependencies(_ node: Node) -> Node {
        guard let nodes = node.sequence else { return node }
        let entries = nodes.filter { $0.text != nil }.map { item in
            let condition = Node(.scalar(Scalar(Dependency.Condition.started.rawValue)), at: item)
            let key = Node(.scalar(Scalar("condition")), at: item)
            let required = Mapping.Entry(
                key: Node(.scalar(Scalar("required")), at: item), value: Node(.scalar(Scalar("true")), at: item))
            let form = Mapping([Mapping.Entry(key: key, value: condition), required])
            return Mapping.Entry(key: item, value: Node(.mapping(form), at: item))
        }
        return Node(.mapping(Mapping(entries)), tag: node.tag, at: node)
    }

    @Sendable private static func environmentFiles(_ node: Node) -> Node {
        let forms = list(node)
        guard let nodes = forms.sequence else { return node }
        // Of entries for the same file the last counts, where the first stood.
        var files: OrderedDictionary<String, Node> = [:]
        for (place, item) in nodes.enumerated() {
            guard let path = item.text else {
                files[item.mapping?["path"]?.text ?? "\u{0}\(place)"] = item
                continue
            }
            let entry = Mapping.Entry(key: Node(.scalar(Scalar("path")), at: item), value: item)
            files[path] = Node(.mapping(Mapping([entry])), at: item)
        }
        return Node(.sequence(Array(files.values)), tag: node.tag, at: node)
    }

    @Sendable private static func build(_ node: Node) -> Node {
        guard node.text != nil, !node.isNull else { return node }
        let entry = Mapping.Entry(key: Node(.scalar(Scalar("context")), at: node), value: node)
        return Node(.mapping(Mapping([entry])), tag: node.tag, at: node)
    }

    @Sendable private static func list(_ node: Node) -> Node {
        guard node.text != nil, !node.isNull else { return node }
        return Node(.sequence([Node(.scalar(node.scalar ?? Scalar("")), at: node)]), tag: node.tag, at: node)
    }

    /// Nothing, such as a variable without a value, is no server.
    @Sendable private static func servers(_ node: Node) -> Node {
        guard let text = node.text, text.isEmpty, !node.isNull else { return list(node) }
        return Node(.sequence([]), tag: node.tag, at: node)
    }

    // MARK: Rewriting

    private func with(_ entry: Mapping.Entry, _ value: Node) -> Mapping.Entry {
        Mapping.Entry(key: entry.key, value: value)
    }

    private func rewriting(_ node: Node, _ key: String, _ body: (Node) -> Node) -> Node {
        Self.rewriting(node, key, body)
    }

    private static func rewriting(_ node: Node, _ key: String, _ body: (Node) -> Node) -> Node {
        guard let mapping = node.mapping, let value = mapping[key] else { return node }
        let result = body(value)
        guard result !== value else { return node }
        let entries = mapping.entries.map { entry in
            entry.key.text == key ? Mapping.Entry(key: entry.key, value: result) : entry
        }
        return Node(.mapping(Mapping(entries)), tag: node.tag, at: node)
    }

    private func rewritingEach(_ node: Node, _ body: (Node) -> Node) -> Node {
        guard let mapping = node.mapping else { return node }
        var isChanged = false
        let entries = mapping.entries.map { entry in
            let value = body(entry.value)
            isChanged = isChanged || value !== entry.value
            return Mapping.Entry(key: entry.key, value: value)
        }
        return isChanged ? Node(.mapping(Mapping(entries)), tag: node.tag, at: node) : node
    }
}
