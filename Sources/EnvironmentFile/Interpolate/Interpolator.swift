import YAML

/// Puts variables into every value of a document; keys are left as they are.
///
/// Comes before anything looks at types, so that `${PORT}` may stand where a number is wanted: a scalar that had a
/// variable in it is a string from then on.
final class Interpolator {
    /// Bytes that variables may add to all the values of a file together.
    static let expansionLimit = 64 << 20

    let variables: Variables
    let sources: SourceTexts
    let diagnostics: DiagnosticCollector
    private let trace: VariableTrace?
    private var allowance = expansionLimit

    init(
        variables: Variables, sources: SourceTexts, diagnostics: DiagnosticCollector, trace: VariableTrace? = nil
    ) {
        self.variables = variables
        self.sources = sources
        self.diagnostics = diagnostics
        self.trace = trace
    }

    /// The document with all values put in; the very same nodes wherever there was nothing to do.
    func interpolate(_ node: Node) -> Node {
        if let tag = node.tag, tag.hasPrefix("!"), tag != "!", tag != Merger.reset, tag != Merger.override {
            diagnostics.warning(
                .notHonoured, at: node, "tag '\(tag)' has no meaning here",
                remedy: Suggestion.remedy(for: tag, among: [Merger.reset, Merger.override]) ?? "remove it")
        }
        switch node.content {
        case .scalar(let scalar): return interpolate(scalar, of: node)
        case .sequence(let nodes):
            var results: [Node]?
            for (index, element) in nodes.enumerated() {
                let result = interpolate(element)
                guard result !== element else { continue }
                if results == nil { results = nodes }
                results?[index] = result
            }
            return results.map { Node(.sequence($0), tag: node.tag, at: node) } ?? node
        case .mapping(let mapping):
            var results: [Mapping.Entry]?
            for (index, entry) in mapping.entries.enumerated() {
                let result = interpolate(entry.value)
                guard result !== entry.value else { continue }
                if results == nil { results = mapping.entries }
                results?[index].value = result
            }
            return results.map { Node(.mapping(Mapping($0)), tag: node.tag, at: node) } ?? node
        }
    }

    private func interpolate(_ scalar: Scalar, of node: Node) -> Node {
        var needsWork = false
        for byte in scalar.text.utf8 where byte == UInt8(ascii: "$") || byte == 0 {
            if byte == 0 {
                diagnostics.error(.invalidValue, at: node, "a value can't contain a NUL character")
                return Node(.scalar(Scalar("", style: .doubleQuoted)), at: node)
            }
            needsWork = true
        }
        guard needsWork else { return node }
        let limit = min(Template.sizeLimit, allowance)
        let (text, findings) = Template.expand(scalar.text, limit: limit) { [variables] in variables[$0] }
        for finding in findings { report(finding, scalar, node) }
        if let trace {
            for use in Template.uses(in: scalar.text, lookup: { [variables] in variables[$0] }) {
                trace.add(use, at: position(of: use.offset, scalar, node))
            }
        }
        allowance -= max(0, text.utf8.count - scalar.text.utf8.count)
        // Of a scalar with an unset or invalid variable the rest is still worth checking.
        return Node(.scalar(Scalar(text, style: .doubleQuoted)), tag: node.tag, at: node)
    }

    private func report(_ finding: Template.Finding, _ scalar: Scalar, _ node: Node) {
        let place = position(of: finding.offset, scalar, node)
        switch finding.kind {
        case .invalid:
            diagnostics.silence(at: node.position)
            diagnostics.error(
                .invalidTemplate, at: place, "this is not a valid variable",
                remedy: "write '$$' for a dollar sign, or one of $NAME, ${NAME}, ${NAME:-default}, ${NAME:?message}, "
                    + "${NAME:+other}")
        case .tooLarge:
            diagnostics.silence(at: node.position)
            diagnostics.error(
                .invalidTemplate, at: place, "variables make this value, or the values of the file together, too large",
                remedy: "a value may have 1 MiB, and variables may add 64 MiB to a file")
        case .unset(let name):
            diagnostics.add(
                Diagnostic(
                    .warning, .unsetVariable, .position(place),
                    "variable '\(name)' is not set; an empty string is put in",
                    remedy: "set it in the environment or in '.env', or write a default: ${\(name):-default}"))
        case .required(let name, let message):
            diagnostics.silence(at: node.position)
            let reason = message.isEmpty ? "" : ": \(message)"
            diagnostics.error(
                .requiredVariable, at: place, "required variable '\(name)' has no value\(reason)",
                remedy: "set it in the environment or in '.env'")
        }
    }

    /// The place of the `$` itself where escapes and line breaks don't hide it, else that of the scalar.
    private func position(of offset: Int, _ scalar: Scalar, _ node: Node) -> SourcePosition {
        let prefix = scalar.text.utf8.prefix(offset)
        let characters = prefix.count { $0 & 0xC0 != 0x80 }
        let quote = scalar.style == .plain ? 0 : 1
        let column = node.column + characters + quote
        var place = node.position
        guard let line = sources.line(node.line, of: node.file) else { return place }
        let written = line.unicodeScalars.dropFirst(column - 1 - characters).prefix(characters + 1)
        let expected = scalar.text.unicodeScalars.prefix(characters + 1)
        if written.elementsEqual(expected) { place.column = column }
        return place
    }
}
