import ArgumentParser
import EmbeddedEngine
import EnvironmentFile

/// A command line that is being typed, as the shell shows it to a completion.
struct CompletionLine {
    /// `harness`, its command and what follows, up to the word that is completed, without quotes.
    var before: [String]
    /// What is there of that word.
    var word: String

    /// - Parameters:
    ///   - words: All words as they are typed, quotes and all.
    ///   - index: Which of them is completed; the shells disagree on what it is beyond the last.
    init(_ words: [String], _ index: Int) {
        let index = min(max(index, 0), words.count)
        before = words[..<index].map(Self.unquoted)
        word = index < words.count ? Self.unquoted(words[index]) : ""
    }

    /// Which environment the command would be about.
    var source: EnvironmentSource {
        var source = EnvironmentSource()
        // Of `logs`, -f is something else.
        if before.dropFirst().first != LogsCommand.configuration.commandName { source.files = values(of: "-f") }
        source.files += values(of: "--file")
        source.projectName = (values(of: "-p") + values(of: "--project-name")).last
        source.projectDirectory = values(of: "--project-directory").last
        source.environmentFiles = values(of: "--env-file")
        source.profiles = values(of: "--profile")
        return source
    }

    /// The ENV argument of a command that takes services behind it.
    var location: String? { before.dropFirst(2).lazy.compactMap { EnvironmentWords.split([$0]).location }.first }

    /// What follows an option, be it in a word of its own or behind `=`.
    private func values(of option: String) -> [String] {
        var values: [String] = []
        for (position, word) in before.enumerated() {
            if word == option, position + 1 < before.count { values.append(before[position + 1]) }
            if word.hasPrefix(option + "=") { values.append(String(word.dropFirst(option.count + 1))) }
        }
        return values
    }

    /// A word without its quotes, and with the home folder for `~`; nothing else is expanded, least of all a command.
    private static func unquoted(_ word: String) -> String {
        var text = ""
        var quote: Character?
        var isEscaped = false
        for character in word {
            if isEscaped {
                text.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
            } else {
                text.append(character)
            }
        }
        guard word.hasPrefix("~/"), let home = Places.variables["HOME"] else { return text }
        return home + text.dropFirst()
    }
}
