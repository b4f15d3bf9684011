import YAML

/// Gathers what the phases find.
///
/// Nodes behind an alias are visited once for each use, so equal findings are kept once.
final class DiagnosticCollector {
    /// More than anyone reads; a file of nothing but mistakes must not cost more than a good one.
    static let limit = 1000

    private var found: Set<Diagnostic> = []
    private var fileOrder: [String: Int] = [:]

    private var postponed: [SourcePosition: Diagnostic] = [:]

    private var silenced: Set<SourcePosition> = []

    private var isCut = false

    /// Absolute: the folder in which the diagnostics are read.
    private let currentDirectory: String

    /// The texts of files that are quoted although they are no documents.
    private(set) var quoted = SourceTexts()

    init(currentDirectory: String = "/") { self.currentDirectory = currentDirectory }

    /// How a file is called in diagnostics.
    func shown(_ path: String) -> String { Path.shown(path, from: Path.normalized(currentDirectory)) }

    /// Gives the text of a file that positions name.
    func quote(_ bytes: [UInt8], file: String) { quoted.add(bytes, file: file) }

    /// Whether there is an error among them.
    private(set) var hasErrors = false

    /// Fixes the place of a file among the others: diagnostics are sorted by it first.
    func register(file: String) {
        if fileOrder[file] == nil { fileOrder[file] = fileOrder.count }
    }

    func add(_ diagnostic: Diagnostic) {
        if diagnostic.severity == .error { hasErrors = true }
        guard found.count < Self.limit || found.contains(diagnostic) else {
            isCut = true
            return
        }
        found.insert(diagnostic)
    }

    /// Whether there is room for more, so that their remedies are worth finding.
    var isFull: Bool { found.count >= Self.limit }

    /// Keeps what is wrong with a value that another file may still replace.
    func postpone(_ diagnostic: Diagnostic, at position: SourcePosition) {
        postponed[position] = diagnostic
    }

    /// Whether there is anything for ``reportPostponed(in:)``.
    var hasPostponed: Bool { !postponed.isEmpty }

    /// Reports what was postponed about values that are part of the merged document.
    func reportPostponed(in document: Node) {
        var nodes = [document]
        while let node = nodes.popLast() {
            switch node.content {
            case .scalar: postponed[node.position].map(add)
            case .sequence(let elements): nodes += elements
            case .mapping(let mapping): nodes += mapping.entries.map(\.value)
            }
        }
    }

    /// A value that could not be made out is not worth further complaints.
    func silence(at position: SourcePosition) {
        silenced.insert(position)
    }

    private func isSilenced(_ diagnostic: Diagnostic) -> Bool {
        guard let position = diagnostic.position, silenced.contains(position) else { return false }
        return ![.syntax, .invalidTemplate, .requiredVariable, .unsetVariable].contains(diagnostic.code)
    }

    func error(
        _ code: Diagnostic.Code, at node: Node, _ message: String, remedy: String? = nil,
        related: [Diagnostic.Related] = []
    ) {
        error(code, at: node.position, message, remedy: remedy, related: related)
    }

    func error(
        _ code: Diagnostic.Code, at position: SourcePosition, _ message: String, remedy: String? = nil,
        related: [Diagnostic.Related] = []
    ) {
        add(Diagnostic(.error, code, .position(position), message, remedy: remedy, related: related))
    }

    func warning(_ code: Diagnostic.Code, at node: Node, _ message: String, remedy: String? = nil) {
        add(Diagnostic(.warning, code, .position(node.position), message, remedy: remedy))
    }

    func warning(_ code: Diagnostic.Code, at position: SourcePosition, _ message: String, remedy: String? = nil) {
        add(Diagnostic(.warning, code, .position(position), message, remedy: remedy))
    }

    /// By file in the order of reading, then line and column; what concerns whole files comes before.
    var sorted: [Diagnostic] { sorted(without: []) }

    /// As ``sorted``, without those of some codes.
    func sorted(without codes: Set<Diagnostic.Code>) -> [Diagnostic] {
        let cut = Diagnostic(
            hasErrors ? .error : .warning, .invalidValue, .request,
            "there is more to say than these \(Self.limit) things",
            remedy: "mend some of them and try again")
        return withoutRepetition(inOrder.filter { !codes.contains($0.code) }) + (isCut ? [cut] : [])
    }

    private var inOrder: [Diagnostic] {
        found.filter { !isSilenced($0) }.sorted { left, right in
            let (first, second) = (key(left), key(right))
            if first != second { return first.lexicographicallyPrecedes(second) }
            if left.subject != right.subject { return subjectText(left) < subjectText(right) }
            return (left.message, left.code.rawValue) < (right.message, right.code.rawValue)
        }
    }

    /// A name that is wrong is one mistake, whatever it was looked up for: `pid: service:NAME` is also a dependency.
    private func withoutRepetition(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
        var result: [Diagnostic] = []
        for diagnostic in diagnostics {
            if diagnostic.code == .undefinedReference, diagnostic.position != nil, let last = result.last,
                last.severity == .error, last.subject == diagnostic.subject
            {
                continue
            }
            result.append(diagnostic)
        }
        return result
    }

    private func key(_ diagnostic: Diagnostic) -> [Int] {
        switch diagnostic.subject {
        case .request: [-2]
        case .path(let path): [-1, fileOrder[path] ?? .max]
        case .position(let position): [fileOrder[position.file] ?? .max, position.line, position.column]
        }
    }

    private func subjectText(_ diagnostic: Diagnostic) -> String {
        switch diagnostic.subject {
        case .request: ""
        case .path(let path): path
        case .position(let position): position.file
        }
    }
}
