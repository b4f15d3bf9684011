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
    let options: ResolveOptions
    let diagnostics: DiagnosticCollector
    private let loader: DocumentLoader
    private var variables: Variables
    private var directory = "/"

    /// The texts that were read.
    var sources: SourceTexts {
        var sources = loader.sources
        sources.add(diagnostics.quoted)
        return sources
    }

    init(_ request: LoadRequest, options: ResolveOptions = ResolveOptions()) {
        self.request = request
        self.options = options
        diagnostics = DiagnosticCollector(currentDirectory: request.currentDirectory)
        loader = DocumentLoader(request: request, options: options, diagnostics: diagnostics)
        variables = Variables(caller: request.variables)
    }

    /// Where a variable's value comes from, and where it is used.
    mutating func explain(_ name: String) -> VariableExplanation {
        let trace = VariableTrace()
        loader.trace = trace
        _ = run()
        return trace.explanation(of: name, variables, isProjectName: name == "COMPOSE_PROJECT_NAME")
    }

    /// The environment as far as it could be made out; whether it may be used, the diagnostics say.
    mutating func run() -> Environment? {
        guard let merged = merge() else { return nil }
        return decode(merged.document, name: merged.name, files: merged.files)
    }

    /// The model to be printed, as far as it could be made out.
    mutating func resolve(_ format: ModelFormat) -> ResolvedModel? {
        guard let merged = merge() else { return nil }
        // Before variables are put in, values can't be looked at.
        if options.interpolates { _ = decode(merged.document, name: merged.name, files: merged.files) }
        let style: Resolution.Style = options.interpolates ? (format == .json ? .json : .yaml) : .document
        let resolution = Resolution(
            style: style, options: options, variables: variables, directory: directory, projectName: merged.name,
            diagnostics: diagnostics)
        let profiles = options.interpolates ? enabledProfiles : nil
        let services = merged.document["services"]?.mapping?.entries ?? []
        return ResolvedModel(
            name: merged.name,
            value: ModelResolver(resolution: resolution, profiles: profiles).resolve(merged.document), format: format,
            profiles: Set(services.flatMap { $0.value.mapping?["profiles"]?.sequence?.compactMap(\.text) ?? [] })
                .sorted(),
            variables: variables.all, escapesDollars: options.interpolates)
    }

    /// Where the environment is, and the name that no file gives it.
    mutating func locate() -> EnvironmentLocation {
        let dotenv = DotenvFiles(request: request, diagnostics: diagnostics)
        dotenv.addInitial(to: &variables)
        guard let main = FileLocator(request: request, variables: variables, diagnostics: diagnostics).locate().first
        else { return EnvironmentLocation(directory: nil, projectName: givenName) }
        directory = projectDirectory(main)
        dotenv.addProject(directory, to: &variables)
        return EnvironmentLocation(directory: directory, projectName: givenName)
    }

    private var givenName: String? {
        [request.projectName, variables["COMPOSE_PROJECT_NAME"]].lazy.compactMap { $0 }.first { !$0.isEmpty }
    }

    /// The document of all files together.
    private mutating func merge() -> (document: Mapping, name: String, files: [InputFile])? {
        let dotenv = DotenvFiles(request: request, diagnostics: diagnostics)
        dotenv.addInitial(to: &variables)
        let files = FileLocator(request: request, variables: variables, diagnostics: diagnostics).locate()
        guard let main = files.first else { return nil }
        directory = projectDirectory(main)
        dotenv.addProject(directory, to: &variables)
        let roots = files.map { (file: $0, documents: loader.documents(of: $0)) }
        guard roots.contains(where: { !$0.documents.isEmpty }) else { return nil }
        let name = projectName(roots.flatMap(\.documents))
        variables.set("COMPOSE_PROJECT_NAME", to: name)
        let scope = LoadScope(variables: variables, directory: directory, chain: main.path.map { [$0] } ?? [])
        let resolved = roots.flatMap { file, documents in documents.map { loader.resolve($0, of: file, in: scope) } }
        // Every file must be sound on top of those before it.
        for last in resolved.indices where diagnostics.hasPostponed {
            loader.merged(Array(resolved[...last])).map(diagnostics.reportPostponed)
        }
        guard let document = loader.merged(resolved)?.mapping else { return nil }
        return (document, name, files)
    }

    // MARK: Read

    private func projectDirectory(_ main: InputFile) -> String {
        if let directory = request.projectDirectory {
            return Path.absolute(directory, base: request.currentDirectory)
        }
        return main.path.map(Path.directory) ?? Path.normalized(request.currentDirectory)
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
        environment.models = top.models(document["models"])
        var disabled: [String: [String]] = [:]
        let profiles = enabledProfiles
        for entry in document["services"]?.mapping?.entries ?? [] {
            guard let service = ServiceDecoder.decode(entry, decoding) else { continue }
            if request.enabledServices.contains(service.name) || service.isEnabled(by: profiles) {
                environment.services[service.name] = service
            } else {
                disabled[service.name] = service.profiles
            }
        }
        AdditionsCheck(document: document, diagnostics: diagnostics).check()
        guard options.checksConsistency else { return environment }
        DocumentCheck(
            document: document,
            isEnabled: { name, service in
                if request.enabledServices.contains(name) { return true }
                let names = service["profiles"]?.sequence?.compactMap(\.text) ?? []
                return names.isEmpty || profiles.contains("*") || names.contains(where: profiles.contains)
            }, diagnostics: diagnostics
        ).check()
        environment.addImpliedDependencies()
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
