/// The tables of Documentation/environment-file.md, one for each section of ``AttributeReference``.
enum ReferenceDocument {
    /// The table of a section in Markdown, without its heading.
    static func table(of section: AttributeReference.Section) -> String {
        let shapes = Dictionary(
            FileSchema.file.attributes().map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        var lines = ["| attribute | form | meaning | here |", "| --- | --- | --- | --- |"]
        for entry in section.entries {
            let path = section.path(of: entry.path)
            guard let attribute = shapes[path] else { continue }
            let form = attribute.shape.form + (attribute.isRequired ? ", required" : "")
            let cells = ["`\(entry.path)`", form, entry.text, words(for: SupportTable.support(of: path))]
            lines.append("| " + cells.map(escaped).joined(separator: " | ") + " |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What the engine does with an attribute.
    private static func words(for support: Support) -> String {
        switch support {
        case .honoured: "honoured"
        case .partly(let what): "in part: \(what)"
        case .accepted(let reason): "no effect: \(reason)"
        case .ignored: "warning"
        case .obsolete: "warning: obsolete"
        }
    }

    private static func escaped(_ cell: String) -> String {
        cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}

extension Shape {
    /// In words, as exact as a cell of a table allows.
    fileprivate var form: String {
        switch self {
        case .list(let element), .set(let element): "list of " + element.plural
        case .choice(let values): values.map { "`\($0)`" }.joined(separator: ", ")
        case .dictionary(let value): "mapping of " + value.plural
        case .object: "mapping"
        case .oneOf(let shapes):
            shapes.filter { $0.description != Shape.null.description }.map(\.form).joined(separator: " or ")
        case .any: "anything"
        case .string: "string"
        case .integer: "integer"
        case .number: "number"
        case .boolean: "boolean"
        case .stringOrNumber: "string or number"
        case .stringOrInteger: "string or integer"
        case .scalar: "string, number, boolean or nothing"
        case .null: "nothing"
        }
    }

    private var plural: String {
        switch self {
        case .string: "strings"
        case .integer: "integers"
        case .number: "numbers"
        case .boolean: "booleans"
        case .stringOrNumber: "strings or numbers"
        case .stringOrInteger: "strings or integers"
        case .object: "mappings"
        case .list, .set: "lists"
        case .scalar: "values"
        case .oneOf(let shapes):
            shapes.filter { $0.description != Shape.null.description }.map(\.plural).joined(separator: " or ")
        default: form
        }
    }
}
