/// What every attribute means, in a sentence or two: the source of the reference (Documentation/environment-file.md) and
/// of the texts in the JSON Schema.
enum AttributeReference {
    /// Attributes that belong together.
    struct Section: Sendable {
        /// The heading above them.
        var title: String
        /// What each path starts with; empty for the file.
        var prefix: String
        /// In the order in which to read them, paths after the prefix.
        var entries: [(path: String, text: String)]

        /// - Parameter lines: `path: text`, one a line.
        init(_ title: String, at prefix: String, _ lines: String) {
            self.title = title
            self.prefix = prefix
            entries = lines.split(separator: "\n").compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                return (String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " }))
            }
        }

        /// The whole path of an entry.
        func path(of entry: String) -> String { prefix.isEmpty ? entry : prefix + "." + entry }
    }

    /// The whole reference in its order.
    static let sections =
        [file, test, identity, additions, build, process, storage, lifecycle, isolation, resources, network]
        + [deploy, develop, networks, volumes, configs, secrets, models, include]

    /// What is said about an attribute.
    static func text(of path: String) -> String? { texts[path] }

    private static let texts: [String: String] = sections.reduce(into: [:]) { texts, section in
        for entry in section.entries { texts[section.path(of: entry.path)] = entry.text }
    }
}
