import ArgumentParser
import EnvironmentFile

/// `harness help [COMMAND… | TOPIC]`
enum HelpRequest {
    static let commandName = "help"

    /// Every command, and every topic.
    static var overview: String { HarnessCommand.helpMessage() + "\n\n" + HelpTopic.list }

    /// The text that is asked for.
    ///
    /// - Parameter words: What follows `help`.
    /// - Throws: ``Failure`` of code 64 for what is neither a command nor a topic.
    static func text(_ words: [String]) throws -> String {
        // As everywhere, a question for help is no mistake.
        let words = words.filter { !$0.hasPrefix("-") }
        if words.isEmpty || words == [commandName] { return overview }
        if let topic = HelpTopic.all.first(where: { $0.name == words[0] }) {
            guard words.count == 1 else { throw unknown(words.joined(separator: " "), isTopic: true, among: []) }
            return topic.text
        }
        var command: any ParsableCommand.Type = HarnessCommand.self
        for (depth, word) in words.enumerated() {
            let commands = command.configuration.subcommands
            guard let next = commands.first(where: { names(of: $0).contains(word) }) else {
                throw unknown(word, isTopic: depth == 0, among: commands)
            }
            command = next
        }
        return HarnessCommand.helpMessage(for: command)
    }

    private static func names(of command: any ParsableCommand.Type) -> [String] {
        (command.configuration.commandName.map { [$0] } ?? []) + command.configuration.aliases
    }

    private static func unknown(
        _ word: String, isTopic: Bool, among commands: [any ParsableCommand.Type]
    ) -> Failure {
        let candidates = commands.flatMap(names) + (isTopic ? HelpTopic.all.map(\.name) : [])
        return Failure(
            "there is no command\(isTopic ? " and no topic" : "") '\(word)'",
            remedy: Suggestion.remedy(for: word, among: candidates) ?? "'harness help' lists what there is",
            code: .usage)
    }
}
