import EmbeddedEngine
import EnvironmentFile

/// Diagnostics of an environment file on standard error.
enum DiagnosticOutput {
    /// Prints them as text, with annotations on GitHub Actions; or one JSON object a line where progress is JSON.
    static func print(_ diagnostics: [Diagnostic], _ sources: SourceTexts, _ style: ProgressStyle) throws {
        if diagnostics.isEmpty { return }
        if style == .json { return StandardError.write(try lines(diagnostics, sources)) }
        let isGitHub = Places.variables["GITHUB_ACTIONS"] == "true"
        StandardError.write(text(diagnostics, sources) + (isGitHub ? annotations(diagnostics) : ""))
    }

    /// As people read them.
    private static func text(_ diagnostics: [Diagnostic], _ sources: SourceTexts) -> String {
        let variables = Places.variables
        let isColoured =
            StandardError.isTerminal && variables["NO_COLOR", default: ""].isEmpty && variables["CI"] != "true"
        return DiagnosticRenderer(sources: sources, usesColor: isColoured).render(diagnostics)
    }

    /// As GitHub Actions reads them.
    static func annotations(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.reduce(into: "") { $0 += GitHubAnnotation.text(of: $1) + "\n" }
    }

    /// As events: ``DiagnosticRecord`` with `event` and the `time` 0.
    private static func lines(_ diagnostics: [Diagnostic], _ sources: SourceTexts) throws -> String {
        try diagnostics.reduce(into: "") { text, diagnostic in
            text += try JSONOutput.line(DiagnosticRecord(event: diagnostic, sources: sources)) + "\n"
        }
    }
}

/// Workflow commands of GitHub Actions, which shows them beside the line of the file.
enum GitHubAnnotation {
    static func text(of diagnostic: Diagnostic) -> String {
        let kind = diagnostic.severity == .error ? "error" : "warning"
        switch diagnostic.subject {
        case .position(let position): return annotation(kind, diagnostic.message, at: position)
        case .path(let path): return "::\(kind) file=\(property(path))::\(escape(diagnostic.message))"
        case .request: return "::\(kind)::\(escape(diagnostic.message))"
        }
    }

    static func error(_ message: String, at position: SourcePosition) -> String {
        annotation("error", message, at: position)
    }

    private static func annotation(_ kind: String, _ message: String, at position: SourcePosition) -> String {
        "::\(kind) file=\(property(position.file)),line=\(position.line),col=\(position.column)::\(escape(message))"
    }

    private static func property(_ text: String) -> String {
        escape(escape(text), [(":", "%3A"), (",", "%2C")])
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
