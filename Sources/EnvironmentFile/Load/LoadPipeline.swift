import OrderedCollections
import YAML

/// The phases in their order; each folder of this module is one of them.
///
/// 1. Read: locate the files and `.env`, read and parse.
/// 2. Interpolate: variables are put in before types are looked at.
/// 3. Schema: unknown keys, wrong types, what is not honoured; for each file on its own.
/// 4. Normalize: short forms become long ones.
/// 5. Merge: the files become one document, whose nodes still know where they came from.
/// 6. Decode: the document becomes an ``Environment``.
/// 7. Validate: what only the whole can tell.
struct LoadPipeline {
    let request: LoadRequest
    let diagnostics = DiagnosticCollector()
    private(set) var sources = SourceTexts()
    private var variables: Variables
    private var directory = "/"
    private var hasResets = false

    init(_ request: LoadRequest) {
        self.request = request
        variables = Variables(caller: request.variables)
    }

    /// The environment as far as it could be made out; whether it may be used, the diagnostics say.
    mutating func run() -> Environment? {
        let dotenv = DotenvFiles(request: request, diagnostics: diagnostics)
        dotenv.addInitial(to: &variables)
        let files = FileLocator(request: request, variables: variables, diagnostics: diagnostics).locate()
        guard let main = files.first else { return nil }
        directory = projectDirectory(main)
        dotenv.addProject(directory, to: &variables)
        let roots = files.compactMap { read($0) }
        guard !roots.isEmpty else { return nil }
        let name = projectName(roots)
        variables.set("COMPOSE_PROJECT_NAME", to: name)
        guard let document = document(roots)?.mapping else { return nil }
        return decode(document, name: name, files: files)
    }

    // MARK: Read

    private func projectDirectory(_ main: InputFile) -> String {
        if let directory = request.projectDirectory {
            return Path.absolute(directory, base: request.currentDirectory)
        }
        return main.path.map(Path.directory) ?? Path.normalized(request.currentDirectory)
    }

    private mutating func read(_ file: InputFile) -> Node? {
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
            diagnostics.add(
                Diagnostic(.error, .unreadableFile, .path(file.shown), error.message, remedy: error.remedy))
            return nil
        }
        sources.add(bytes, file: file.shown)
        let document = Document.load(bytes, file: file.shown)
        for error in document.errors {
            diagnostics.error(.syntax, at: error.position, error.message, remedy: error.remedy)
        }
        hasResets = hasResets || bytes.contains(UInt8(ascii: "!"))
        guard let root = document.root else {
            if document.errors.isEmpty { reportEmpty(file) }
            return nil
        }
        if root.isNull {
            reportEmpty(file)
            return nil
        }
        guard root.mapping != nil else {
            diagnostics.error(
                .wrongType, at: root, "an environment file is a mapping", remedy: "begin with 'services:'")
            return nil
        }
        return root
    }

    private func reportEmpty(_ file: InputFile) {
        diagnostics.add(
            Diagnostic(.error, .emptyFile, .path(file.shown), "the file is empty", remedy: "begin with 'services:'"))
    }

    /// `-p`, COMPOSE_PROJECT_NAME, the last `name:`, the project directory's name; in this order.
    private func projectName(_ roots: [Node]) -> String {
        for (name, origin) in [
            (request.projectName, "'-p'"), (variables["COMPOSE_PROJECT_NAME"], "COMPOSE_PROJECT_NAME"),
        ] {
            guard let name, !name.isEmpty else { continue }
            if !ProjectName.isValid(name) {
                diagnostics.add(
                    Diagnostic(
                        .error, .projectName, .request, "'\(name)' from \(origin) can't be a project's name",
                        remedy: ProjectName.rule))
            }
            return name
        }
        let interpolator = Interpolator(variables: variables, sources: sources, diagnostics: diagnostics)
        if let node = roots.reversed().lazy.compactMap({ $0.mapping?["name"] }).first,
            let text = interpolator.interpolate(node).text
        {
            let name = ProjectName.normalized(text)
            if name.isEmpty {
                diagnostics.error(
                    .projectName, at: node, "'\(text)' can't be a project's name", remedy: ProjectName.rule)
            } else if name != text {
                diagnostics.warning(
                    .projectName, at: node, "'\(text)' can't be a project's name; '\(name)' is used",
                    remedy: ProjectName.rule)
            }
            return name
        }
        let name = ProjectName.normalized(Path.name(of: directory))
        return name.isEmpty ? "default" : name
    }

    // MARK: Interpolate to merge

    private func document(_ roots: [Node]) -> Node? {
        let normalizer = Normalizer(diagnostics: diagnostics)
        let interpolator = Interpolator(variables: variables, sources: sources, diagnostics: diagnostics)
        let check = ShapeCheck(diagnostics: diagnostics)
        var result: Node?
        for root in roots {
            let named = normalizer.renamingAdditions(root)
            let interpolated = interpolator.interpolate(named)
            check.check(interpolated)
            let long = normalizer.longForms(interpolated)
            result = result.map { Merger.merge($0, long) } ?? long
        }
        return hasResets ? result.map(Merger.applyingResets) : result
    }

    // MARK: Decode and validate

    private func decode(_ document: Mapping, name: String, files: [InputFile]) -> Environment {
        let decoding = Decoding(diagnostics: diagnostics, variables: variables, directory: directory)
        let top = TopLevelDecoder(
            decoding: decoding, projectName: name, checksContents: request.checksContents)
        let configs = top.fileObjects(document["configs"], kind: "config")
        let secrets = top.fileObjects(document["secrets"], kind: "secret")
        var environment = Environment(
            name: name, directory: directory, files: files.map(\.shown), volumes: top.volumes(document["volumes"]),
            configs: configs.usable, secrets: secrets.usable, test: top.test(document.entry("test")))
        environment.networks = NetworkDecoder(decoding: decoding, projectName: name).networks(document["networks"])
        var disabled: [String: [String]] = [:]
        let profiles = enabledProfiles
        for entry in document["services"]?.mapping?.entries ?? [] {
            guard let service = ServiceDecoder.decode(entry, decoding) else { continue }
            if service.isEnabled(by: profiles) {
                environment.services[service.name] = service
            } else {
                disabled[service.name] = service.profiles
            }
        }
        Validator(
            environment: environment, disabled: disabled, configs: configs, secrets: secrets,
            testPlace: document["test"]?.mapping?["on"]?.position,
            diagnostics: diagnostics
        ).validate()
        return environment
    }

    private var enabledProfiles: Set<String> {
        let listed = variables["COMPOSE_PROFILES"]?.split(separator: ",").map { $0.filter { $0 != " " } } ?? []
        return Set(request.profiles + listed)
    }
}
