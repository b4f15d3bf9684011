import YAML

/// Where a variable's value comes from, and what becomes of it; encoded, its keys are part of the command line's contract.
///
/// `name`, `value` (missing: not set), `origin` (`environment`, `file`, `project`, `unset`) with `file` and `line` where it is a
/// file, `overrides` (a file's place that does not count), `uses`.
public struct VariableExplanation: Encodable, Sendable, CustomStringConvertible {
    /// A place where the variable is put in.
    public struct Use: Encodable, Sendable {
        var file: String
        var line: Int
        var column: Int
        /// As it is written, such as `${PORT:-80}`.
        var text: String
        /// What is put in; `nil`: nothing, for it is not set.
        var value: String?
        /// It is the default that stands there.
        var isDefault: Bool
    }

    /// Who gives the value.
    enum Origin: Sendable {
        case environment
        case file(SourcePosition)
        /// The name of the project, whatever the caller says.
        case project
        case unset
    }

    var name: String
    var value: String?
    var origin: Origin
    var overridden: SourcePosition?
    var uses: [Use]
    var nearest: String?

    private enum CodingKeys: String, CodingKey {
        case name, value, origin, file, line, overrides, uses
    }

    /// Encodes it as one object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(value, forKey: .value)
        switch origin {
        case .environment: try container.encode("environment", forKey: .origin)
        case .project: try container.encode("project", forKey: .origin)
        case .unset: try container.encode("unset", forKey: .origin)
        case .file(let position):
            try container.encode("file", forKey: .origin)
            try container.encode(position.file, forKey: .file)
            try container.encode(position.line, forKey: .line)
        }
        if let overridden { try container.encode("\(overridden.file):\(overridden.line)", forKey: .overrides) }
        try container.encode(uses, forKey: .uses)
    }

    /// For people, each line ended.
    public var description: String {
        var lines = [value.map { "\(name)=\($0)" } ?? "\(name) is not set"]
        switch origin {
        case .environment: lines.append("  from the caller's environment")
        case .file(let position): lines.append("  from \(position.file):\(position.line)")
        case .project: lines.append("  the project's name")
        case .unset: break
        }
        if let overridden { lines.append("  instead of the value in \(overridden.file):\(overridden.line)") }
        if uses.isEmpty {
            lines.append("not used" + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
        } else {
            lines.append("used in")
        }
        for use in uses {
            let result =
                if let value = use.value {
                    "'\(value)'" + (use.isDefault ? ", the default that stands there" : "")
                } else {
                    "nothing"
                }
            lines.append("  \(use.file):\(use.line):\(use.column): \(use.text) gives \(result)")
        }
        return lines.map { PrintableText.of($0) + "\n" }.joined()
    }
}
