import YAML

/// Takes files through the phases up to their merging: reading, variables, shapes, long forms, `extends`, `include`.
final class DocumentLoader {
    /// More files than this are taken for a mistake: each may include others, and so may they.
    static let fileLimit = 2000
    /// Deeper chains of `extends` or `include` are taken for a mistake.
    static let depthLimit = 128

    let request: LoadRequest
    let options: ResolveOptions
    let diagnostics: DiagnosticCollector
    /// Where uses of variables are noted, for who asks about them.
    var trace: VariableTrace?
    private(set) var sources = SourceTexts()
    /// Whether any file may have a `!reset` in it.
    private(set) var hasResets = false
    private var parsed: [String: [Node]] = [:]
    private var count = 0

    init(request: LoadRequest, options: ResolveOptions, diagnostics: DiagnosticCollector) {
        self.request = request
        self.options = options
        self.diagnostics = diagnostics
    }

    // MARK: Reading

    /// The documents of a file that the user has named; what is wrong with it is reported.
    func documents(of file: InputFile) -> [Node] {
        documents(of: file) { [diagnostics] failure in
            diagnostics.add(
                Diagnostic(.error, .unreadableFile, .path(file.shown), failure.message, remedy: failure.remedy))
        }
    }

    /// The documents of a file that another one names at `node`.
    func documents(of file: InputFile, namedAt node: Node) -> [Node] {
        if count >= Self.fileLimit {
            diagnostics.error(
                .unreadableFile, at: node, "more than \(Self.fileLimit) files belong to this environment",
                remedy: "include each file once")
            return []
        }
        return documents(of: file) { [diagnostics] failure in
            diagnostics.error(
                .unreadableFile, at: node, "'\(file.shown)': \(failure.message)",
                remedy: failure == .missing ? "create it, or correct the path" : failure.remedy)
        }
    }

    private func documents(of file: InputFile, fail: (FileFailure) -> Void) -> [Node] {
        count += 1
        if let path = file.path, let known = parsed[path] { return known }
        diagnostics.register(file: file.shown)
        let bytes: [UInt8]
        do throws(FileFailure) {
            let limit = Limits.standard.bytes
            bytes =
                if let path = file.path {
                    try FileReader.read(path, limit: limit)
                } else {
                    try FileReader.readAll(request.standardInput, expected: 0, limit: limit)
                }
        } catch {
            fail(error)
            return []
        }
        sources.add(bytes, file: file.shown)
        let (documents, errors) = Document.loadAll(bytes, file: file.shown)
        let aliases = Set(
            errors.compactMap { error in
                if case .undefinedAlias = error.kind { error.position } else { nil }
            })
        for error in errors {
            if error.kind == .mergeValue, aliases.contains(error.position) { continue }
            diagnostics.add(Diagnostic(error))
            // What stands in for the alias is nobody's mistake.
            if case .undefinedAlias = error.kind { diagnostics.silence(at: error.position) }
        }
        hasResets = hasResets || bytes.contains(UInt8(ascii: "!"))
        let roots = mappings(documents, of: file, isComplete: errors.isEmpty)
        if let path = file.path { parsed[path] = roots }
        return roots
    }

    private func mappings(_ documents: [Node], of file: InputFile, isComplete: Bool) -> [Node] {
        let roots = documents.filter { !$0.isNull }
        if roots.isEmpty, isComplete {
            diagnostics.add(
                Diagnostic(
                    .error, .emptyFile, .path(file.shown), "the file is empty", remedy: "begin with 'services:'"))
        }
        return roots.filter { root in
            if root.mapping != nil { return true }
            diagnostics.error(
                .wrongType, at: root, "an environment file is a mapping", remedy: "begin with 'services:'")
            return false
        }
    }

    /// A file named in another one.
    func file(_ path: String, in directory: String) -> InputFile {
        let absolute = Path.absolute(path, base: directory)
        return InputFile(shown: Path.shown(absolute, from: Path.normalized(request.currentDirectory)), path: absolute)
    }

    // MARK: Phases

    /// One document in long forms, with all that it extends and includes.
    func resolve(_ root: Node, of file: InputFile, in scope: LoadScope) -> Node {
        let interpolated = interpolated(root, in: scope)
        ShapeCheck(diagnostics: diagnostics).check(interpolated)
        let long = normalizer.longForms(interpolated)
        let extended = ExtendsPhase(loader: self, scope: scope).apply(to: long, of: file)
        return IncludePhase(loader: self, scope: scope).apply(to: extended, of: file)
    }

    /// One document with its variables put in, additions under their own names.
    func interpolated(_ root: Node, in scope: LoadScope) -> Node {
        let named = normalizer.renamingAdditions(root)
        guard options.interpolates else { return named }
        return Interpolator(
            variables: scope.variables, sources: sources, diagnostics: diagnostics, trace: trace
        ).interpolate(named)
    }

    var normalizer: Normalizer { Normalizer(diagnostics: diagnostics, keepsPairs: !options.interpolates) }

    /// All documents on top of each other; `nil` for none.
    func merged(_ documents: [Node]) -> Node? {
        guard var result = documents.first else { return nil }
        for document in documents.dropFirst() { result = Merger.merge(result, document) }
        return hasResets ? Merger.applyingResets(result) : result
    }
}
