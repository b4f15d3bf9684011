import YAML

/// Reads environment files: from a request to a checked environment, or to the reasons why there is none.
public enum EnvironmentLoader {
    /// Finds, reads, interpolates, merges, decodes and validates.
    ///
    /// Never throws and never stops at the first mistake: whatever can still be looked at is. Reads regular files only,
    /// each at most 16 MiB, and standard input where `-` asks for it.
    public static func load(_ request: LoadRequest) -> LoadResult {
        var pipeline = LoadPipeline(request)
        let environment = pipeline.run()
        var diagnostics = pipeline.diagnostics.sorted
        if request.isStrict {
            for index in diagnostics.indices { diagnostics[index].severity = .error }
        }
        var sources = pipeline.sources
        if !diagnostics.isEmpty { sources.indexLines() }
        let hasErrors = diagnostics.contains { $0.severity == .error }
        return LoadResult(environment: hasErrors ? nil : environment, diagnostics: diagnostics, sources: sources)
    }
}
