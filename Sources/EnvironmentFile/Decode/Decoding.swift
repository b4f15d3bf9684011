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
    func nonEmpty(_ node: Node, _ name: String, _ code: Diagnostic.Code = .invalidValue) -> String? {
        guard let text = text(node) else { return nil }
        if text.isEmpty {
            diagnostics.error(code, at: node, "\(name) can't be empty")
            return nil
        }
        return text
    }

    /// As ``text(_:)``, but empty text, such as a variable without a value, is nothing.
    func given(_ node: Node?) -> String? {
        text(node).flatMap { $0.isEmpty ? nil : $0 }
    }

    func boolean(_ node: Node?) -> Bool? {
        node?.text.flatMap(ScalarText.boolean)
    }

    /// A whole number within bounds; a fraction is cut off, as Compose does.
    ///
    /// - Parameter code: `.invalidValue` where Compose has the same bounds.
    func integer(
        _ node: Node, _ name: String, in bounds: ClosedRange<Int64> = .min ... .max,
        _ code: Diagnostic.Code = .unusable
    ) -> Int64? {
        guard let value = ScalarText.integer(node) else { return nil }
        guard bounds.contains(value) else {
            let range =
                bounds.upperBound == .max
                ? "at least \(bounds.lowerBound)" : "\(bounds.lowerBound) to \(bounds.upperBound)"
            diagnostics.error(code, at: node, "\(name) must be \(range), not \(value)")
            return nil
        }
        return value
    }

    /// As ``text(_:)``, with its place.
    func located(_ node: Node?) -> Located<String>? {
        guard let node, let text = text(node), !text.isEmpty else { return nil }
        return Located(text, at: node.position)
    }

    /// The texts of a list, each with its place.
    func locatedTexts(_ node: Node?) -> [Located<String>] {
        node?.sequence?.compactMap { item in item.text.map { Located($0, at: item.position) } } ?? []
    }

    /// One text, or the texts of a list.
    func textOrTexts(_ node: Node?) -> [String] {
        guard let node else { return [] }
        return node.sequence?.compactMap(\.text) ?? text(node).map { [$0] } ?? []
    }

    /// The texts of a list.
    func texts(_ node: Node) -> [String] {
        node.sequence?.compactMap(\.text) ?? []
    }

    /// A length of time, 0 or more.
    func duration(_ node: Node, _ name: String) -> Duration? {
        guard case .string(let text) = node.value else { return nil }
        if let value = DurationText.parse(text) {
            if value >= .zero { return value }
            diagnostics.error(.unusable, at: node, "\(name) can't be negative")
            return nil
        }
        let isBare = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        diagnostics.error(
            .invalidValue, at: node, "\(name) '\(text)' is not a duration",
            remedy: isBare ? "write the unit: '\(text)s'" : "write numbers with units, such as '1m30s' or '500ms'")
        return nil
    }

    /// A size in bytes.
    func size(_ node: Node, _ name: String) -> Int64? {
        guard let text = text(node) else { return nil }
        if let value = SizeText.parse(node) {
            if value >= 0 { return value }
            diagnostics.error(.unusable, at: node, "\(name) can't be negative")
            return nil
        }
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
                    .unusable, at: entry.key, "'\(name)' can't be a variable's name",
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
