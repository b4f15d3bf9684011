import EmbeddedEngine
import EnvironmentFile

/// Diagnostics of an environment file on standard error.
enum DiagnosticOutput {
    static func print(_ result: LoadResult) { print(result.diagnostics, result.sources) }

    static func print(_ diagnostics: [Diagnostic], _ sources: SourceTexts) {
        let variables = Places.variables
        let isColoured =
            StandardError.isTerminal && variables["NO_COLOR", default: ""].isEmpty && variables["CI"] != "true"
        let isGitHub = variables["GITHUB_ACTIONS"] == "true"
        var text = ""
        if !diagnostics.isEmpty {
            text += DiagnosticRenderer(sources: sources, usesColor: isColoured).render(diagnostics)
        }
        if isGitHub { for diagnostic in diagnostics { text += GitHubAnnotation.text(of: diagnostic) + "\n" } }
        if !text.isEmpty { StandardError.write(text) }
    }
}

/// Workflow commands of GitHub Actions, which shows them beside the line of the file.
enum GitHubAnnotation {
    static func text(of diagnostic: Diagnostic) -> String {
        let kind = diagnostic.severity == .error ? "error" : "warning"
        guard let position = diagnostic.position else { return "::\(kind)::\(escape(diagnostic.message))" }
        return annotation(kind, diagnostic.message, at: position)
    }

    static func error(_ message: String, at position: SourcePosition) -> String {
        annotation("error", message, at: position)
    }

    private static func annotation(_ kind: String, _ message: String, at position: SourcePosition) -> String {
        let file = escape(escape(position.file), [(":", "%3A"), (",", "%2C")])
        return "::\(kind) file=\(file),line=\(position.line),col=\(position.column)::\(escape(message))"
    }

    /// A percent sign first, since it begins the others.
    private static func escape(
        _ text: String, _ table: [(String, String)] = [("%", "%25"), ("\r", "%0D"), ("\n", "%0A")]
    ) -> String {
        table.reduce(text) { result, pair in
            result.split(separator: pair.0, omittingEmptySubsequences: false).joined(separator: pair.1)
        }
    }
}
