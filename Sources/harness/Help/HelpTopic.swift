/// Something that `harness help` explains and that is no command.
struct HelpTopic: Sendable {
    var name: String
    /// One line of the list.
    var abstract: String
    /// Plain text of at most 80 columns, without a line feed at its end.
    var text: String

    static let all: [HelpTopic] = [.environmentFile, .exitCodes, .images, .readiness, .variables]

    /// The list of topics, as it stands below that of the commands.
    static var list: String {
        let width = (all.map(\.name.count).max() ?? 0) + 2
        let lines = all.map { topic in
            "  \(topic.name)\(String(repeating: " ", count: width - topic.name.count))\(topic.abstract)"
        }
        return (["TOPICS:"] + lines + ["", "  See 'harness help <topic>'."]).joined(separator: "\n")
    }
}
