import YAML

/// A diagnostic for programs; encoded, its keys are part of the command line's contract.
///
/// `severity` (`error`, `warning`), `code` (``Diagnostic/Code``), `message`; and where they are known `remedy`, `file`,
/// `line`, `column`, `endColumn` (counted from 1 in Unicode scalars, the end is the column after the last), `related`
/// (each with `message`, `file`, `line`, `column`, `endColumn`).
public struct DiagnosticRecord: Encodable, Sendable {
    /// A place that has to do with the diagnostic.
    public struct Related: Encodable, Sendable {
        var message: String
        var file: String
        var line: Int
        var column: Int
        var endColumn: Int?
    }

    private var event: String?
    private var time: Double?
    var severity: String
    var code: String
    var message: String
    var remedy: String?
    var file: String?
    var line: Int?
    var column: Int?
    var endColumn: Int?
    var related: [Related]?

    /// Describes a diagnostic as one of a stream of events: with `event` (`diagnostic`) and `time`, 0.
    public init(event diagnostic: Diagnostic, sources: SourceTexts) {
        self.init(diagnostic, sources: sources)
        (event, time) = ("diagnostic", 0)
    }

    /// Describes a diagnostic of texts that were read.
    public init(_ diagnostic: Diagnostic, sources: SourceTexts) {
        severity = diagnostic.severity.rawValue
        code = diagnostic.code.rawValue
        message = diagnostic.message
        remedy = diagnostic.remedy
        switch diagnostic.subject {
        case .position(let position):
            (file, line, column) = (position.file, position.line, position.column)
            endColumn = sources.endColumn(at: position)
        case .path(let path): file = path
        case .request: break
        }
        guard !diagnostic.related.isEmpty else { return }
        related = diagnostic.related.map {
            Related(
                message: $0.message, file: $0.position.file, line: $0.position.line, column: $0.position.column,
                endColumn: sources.endColumn(at: $0.position))
        }
    }
}

/// The outcome of `harness validate --format json`: one document.
///
/// `valid` (whether there is no error), `errors` and `warnings` (how many), `diagnostics` in the order of the files.
public struct DiagnosticReport: Encodable, Sendable {
    /// Whether there is no error.
    public let valid: Bool
    /// How many there are.
    public let errors: Int
    /// How many there are.
    public let warnings: Int
    var diagnostics: [DiagnosticRecord]

    /// Describes what loading found.
    public init(_ result: LoadResult) {
        errors = result.diagnostics.count { $0.severity == .error }
        warnings = result.diagnostics.count - errors
        valid = errors == 0
        diagnostics = result.diagnostics.map { DiagnosticRecord($0, sources: result.sources) }
    }
}
