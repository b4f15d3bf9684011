import YAML

/// How a resolved model is laid out.
public enum ModelFormat: String, Sendable, CaseIterable {
    case yaml, json
}

/// The resolved model, or why there is none.
public struct ResolveResult: Sendable {
    /// `nil` exactly if there is an error among the diagnostics.
    public var model: ResolvedModel?
    /// All that was found, by position, each once; nothing about what an engine can do.
    public var diagnostics: [Diagnostic]
    /// The texts that were read, for showing the diagnostics.
    public var sources: SourceTexts

    /// Whether there is an error among the diagnostics.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }
}

extension EnvironmentLoader {
    /// Resolves an environment file and prints nothing: as ``load(_:)``, but the outcome is the model for people and
    /// other programs to read, laid out for one format.
    ///
    /// What an engine can't honour is no concern here. Contents of configs and secrets are not looked at.
    public static func resolve(
        _ request: LoadRequest, options: ResolveOptions = ResolveOptions(), format: ModelFormat = .yaml
    ) -> ResolveResult {
        var request = request
        request.checksContents = false
        var pipeline = LoadPipeline(request, options: options)
        let model = pipeline.resolve(format)
        let diagnostics = pipeline.diagnostics.sorted(without: [.notHonoured, .unusable])
        var sources = pipeline.sources
        if !diagnostics.isEmpty { sources.indexLines() }
        let hasErrors = diagnostics.contains { $0.severity == .error }
        return ResolveResult(model: hasErrors ? nil : model, diagnostics: diagnostics, sources: sources)
    }
}
