import YAML

/// `include`: adds the services and resources of other files (Compose Specification, "include").
///
/// An included file is a model of its own: its relative paths start at its own project directory, and it has its own
/// `.env`. What it defines may not be defined otherwise here. Its `test` stays behind: that belongs to who runs the file by
/// itself.
struct IncludePhase {
    let loader: DocumentLoader
    let scope: LoadScope

    private static let sections = ["services", "networks", "volumes", "secrets", "configs", "models"]

    /// The document and all that it includes.
    func apply(to document: Node, of file: InputFile) -> Node {
        guard let include = document.mapping?["include"] else { return document }
        var result = document.removing("include")
        for item in include.sequence ?? [] {
            guard let included = self.included(item) else { continue }
            result = adding(included, to: result, at: item)
        }
        return result
    }

    // MARK: Loading

    /// What one entry of `include` stands for, its paths adjusted to this file's.
    private func included(_ item: Node) -> Node? {
        let paths = nodes(item.mapping?["path"] ?? item)
        guard let main = paths.first, let mainFile = file(main), let mainPath = mainFile.path else {
            if item.mapping != nil, paths.isEmpty {
                loader.diagnostics.error(.missingKey, at: item, "an entry of 'include' must say its 'path'")
            }
            return nil
        }
        if scope.chain.contains(mainPath) { return cycle(to: mainPath, at: main) }
        if scope.chain.count >= DocumentLoader.depthLimit {
            loader.diagnostics.error(
                .cycle, at: main, "more than \(DocumentLoader.depthLimit) files include each other in a row",
                remedy: "include the last of them directly")
            return nil
        }
        var inner = LoadScope(
            variables: scope.variables, directory: Path.directory(of: mainPath), chain: scope.chain + [mainPath])
        if let node = item.mapping?["project_directory"], let text = node.text, !node.isNull {
            inner.directory = absolute(text)
        }
        guard addVariables(item.mapping?["env_file"], to: &inner) else { return nil }
        var documents: [Node] = []
        for path in paths {
            guard let file = file(path) else { return nil }
            documents += loader.documents(of: file, namedAt: path).map { loader.resolve($0, of: file, in: inner) }
        }
        guard let document = loader.merged(documents) else { return nil }
        reportTest(of: document)
        return PathRebaser(from: inner.directory, to: scope.directory).document(document)
    }

    private func reportTest(of included: Node) {
        guard let test = included.mapping?.entry("test") else { return }
        loader.diagnostics.warning(
            .notHonoured, at: test.key, "'test' of an included file is not run",
            remedy: "run that file by itself, or write the 'test' in the file that includes it")
    }

    private func nodes(_ node: Node) -> [Node] {
        if let nodes = node.sequence { return nodes.filter { $0.text != nil } }
        return node.text != nil && !node.isNull ? [node] : []
    }

    private func file(_ node: Node) -> InputFile? {
        guard let text = node.text, !text.isEmpty else {
            loader.diagnostics.error(.invalidValue, at: node, "the path of an included file can't be empty")
            return nil
        }
        if Path.isRemote(text) {
            loader.diagnostics.error(
                .unreadableFile, at: node, "'\(text)' is not on this host, and remote files are not fetched",
                remedy: "download it, and name the local file")
            return nil
        }
        return loader.file(Path.expandingHome(text, home: scope.variables.home), in: scope.directory)
    }

    private func absolute(_ path: String) -> String {
        Path.absolute(Path.expandingHome(path, home: scope.variables.home), base: scope.directory)
    }

    /// The variables of `env_file`, else of the `.env` in the included file's project directory.
    private func addVariables(_ node: Node?, to inner: inout LoadScope) -> Bool {
        guard let node, !node.isNull else {
            let path = inner.directory == "/" ? "/.env" : inner.directory + "/.env"
            guard inner.directory != scope.directory, FileReader.exists(path) else { return true }
            return add(path, at: nil, to: &inner)
        }
        for item in nodes(node) where !add(absolute(item.text ?? ""), at: item, to: &inner) { return false }
        return true
    }

    private func add(_ path: String, at node: Node?, to inner: inout LoadScope) -> Bool {
        let shown = loader.file(path, in: "/").shown
        do throws(FileFailure) {
            let bytes = try FileReader.read(path, limit: Limits.standard.bytes)
            loader.diagnostics.register(file: shown)
            let known = inner.variables
            inner.variables.addMissing(
                Dotenv.parse(bytes, file: shown, diagnostics: loader.diagnostics) { known[$0] })
            return true
        } catch {
            if let node {
                loader.diagnostics.error(
                    .unreadableFile, at: node, "'\(shown)': \(error.message)", remedy: error.remedy)
            } else {
                loader.diagnostics.add(
                    Diagnostic(.error, .unreadableFile, .path(shown), error.message, remedy: error.remedy))
            }
            return false
        }
    }

    private func cycle(to path: String, at node: Node) -> Node? {
        let start = scope.chain.firstIndex(of: path) ?? 0
        let names = (scope.chain[start...] + [path]).map { "'\(loader.file($0, in: "/").shown)'" }
        loader.diagnostics.error(
            .cycle, at: node, "files include each other in a circle: \(names.joined(separator: ", "))",
            remedy: "remove one of these 'include'")
        return nil
    }

    // MARK: Adding

    private func adding(_ included: Node, to document: Node, at item: Node) -> Node {
        var entries = document.mapping?.entries ?? []
        for section in Self.sections {
            guard let source = included.mapping?.entry(section), let added = source.value.mapping else { continue }
            if let place = entries.firstIndex(where: { $0.key.text == section }) {
                let own = entries[place]
                // A section of the wrong shape has been reported.
                guard own.value.mapping != nil || own.value.isNull else { continue }
                let joined = joined(own.value.mapping?.entries ?? [], added, section)
                entries[place] = Mapping.Entry(
                    key: own.key, value: Node(.mapping(Mapping(joined)), tag: own.value.tag, at: own.value))
            } else {
                entries.append(source)
            }
        }
        return Node(.mapping(Mapping(entries)), tag: document.tag, at: document)
    }

    private func joined(_ own: [Mapping.Entry], _ added: Mapping, _ section: String) -> [Mapping.Entry] {
        let index = Mapping(own)
        var result = own
        for entry in added.entries {
            guard let name = entry.key.text else { continue }
            guard let other = index.entry(name) else {
                result.append(entry)
                continue
            }
            if isSame(other.value, entry.value, section) { continue }
            let kind = section.dropLast()
            loader.diagnostics.error(
                .conflict, at: other.key,
                "\(kind) '\(name)' is defined otherwise by the included \(entry.key.file):\(entry.key.line)",
                remedy: "rename one of the two, or change it in a file of its own given by another '-f'")
        }
        return result
    }

    /// Whether two definitions resolve to the same.
    private func isSame(_ one: Node, _ other: Node, _ section: String) -> Bool {
        if one === other { return true }
        guard let form = ModelResolver.form(of: section) else { return false }
        let resolution = Resolution(
            style: .yaml, options: loader.options, variables: scope.variables, directory: scope.directory,
            projectName: "", diagnostics: DiagnosticCollector())
        let values = [one, other].map { resolution.entries($0.mapping ?? Mapping([]), form) }
        return values[0] == values[1]
    }
}
