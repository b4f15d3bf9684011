import OrderedCollections
import YAML

/// What the decoding of every attribute may look at, and where it reports.
///
/// The shapes have been compared before: a decoder that meets a node of another shape returns without a word.
struct Decoding {
    let diagnostics: DiagnosticCollector
    let variables: Variables
    /// Absolute; where relative paths start.
    let directory: String

    /// An absolute path on the host; `~` is the caller's home folder.
    func hostPath(_ path: String) -> String {
        Path.absolute(Path.expandingHome(path, home: variables.home), base: directory)
    }

    /// The text of a leaf that is not null.
    func text(_ node: Node?) -> String? {
        guard let node, !node.isNull else { return nil }
        return node.text
    }

    /// As ``text(_:)``, but empty text is an error.
    func nonEmpty(_ node: Node, _ name: String) -> String? {
        guard let text = text(node) else { return nil }
        if text.isEmpty {
            diagnostics.error(.invalidValue, at: node, "\(name) can't be empty")
            return nil
        }
        return text
    }

    func boolean(_ node: Node?) -> Bool? {
        node?.text.flatMap(ScalarText.boolean)
    }

    /// A whole number within bounds.
    func integer(_ node: Node, _ name: String, in bounds: ClosedRange<Int64> = .min ... .max) -> Int64? {
        guard let value = node.text.flatMap(ScalarText.integer) else { return nil }
        guard bounds.contains(value) else {
            let range =
                bounds.upperBound == .max
                ? "at least \(bounds.lowerBound)" : "\(bounds.lowerBound) to \(bounds.upperBound)"
            diagnostics.error(.invalidValue, at: node, "\(name) must be \(range), not \(value)")
            return nil
        }
        return value
    }

    /// The texts of a list.
    func texts(_ node: Node) -> [String] {
        node.sequence?.compactMap(\.text) ?? []
    }

    /// A length of time, 0 or more.
    func duration(_ node: Node, _ name: String) -> Duration? {
        guard case .string(let text) = node.value else { return nil }
        if let value = DurationText.parse(text) { return value }
        let isBare = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        diagnostics.error(
            .invalidValue, at: node, "\(name) '\(text)' is not a duration",
            remedy: isBare ? "write the unit: '\(text)s'" : "write numbers with units, such as '1m30s' or '500ms'")
        return nil
    }

    /// A size in bytes.
    func size(_ node: Node, _ name: String) -> Int64? {
        guard let text = node.text else { return nil }
        if let value = SizeText.parse(text) { return value }
        diagnostics.error(
            .invalidValue, at: node, "\(name) '\(text)' is not a size",
            remedy: "write a number with a unit: '512m', '2g'")
        return nil
    }

    /// A mapping of variables in which what has no value takes that of the caller's, or is left out.
    func variables(_ node: Node?) -> OrderedDictionary<String, String> {
        var result: OrderedDictionary<String, String> = [:]
        for entry in node?.mapping?.entries ?? [] {
            guard let name = entry.key.text else { continue }
            if name.isEmpty || name.utf8.contains(UInt8(ascii: "=")) {
                diagnostics.error(
                    .invalidValue, at: entry.key, "'\(name)' can't be a variable's name",
                    remedy: "write NAME=value, without spaces around '='")
                continue
            }
            if entry.value.isNull {
                if let value = variables[name] { result[name] = value }
            } else if let text = entry.value.text {
                result[name] = text
            }
        }
        return result
    }

    /// A mapping of labels; one without value is empty.
    func labels(_ node: Node) -> OrderedDictionary<String, String> {
        var result: OrderedDictionary<String, String> = [:]
        for entry in node.mapping?.entries ?? [] {
            guard let name = entry.key.text else { continue }
            result[name] = text(entry.value) ?? ""
        }
        return result
    }
}
