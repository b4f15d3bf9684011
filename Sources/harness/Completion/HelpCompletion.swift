import ArgumentParser

/// What completes `harness help`: the parser's scripts know of no words behind it.
enum HelpCompletion {
    /// Commands and topics.
    private static var first: String {
        (names(of: HarnessCommand.configuration.subcommands) + HelpTopic.all.map(\.name)).joined(separator: " ")
    }

    /// What may follow a command that has commands of its own.
    private static var second: [String: String] {
        var words: [String: String] = [:]
        for command in HarnessCommand.configuration.subcommands {
            let inner = names(of: command.configuration.subcommands)
            guard let name = command.configuration.commandName, !inner.isEmpty else { continue }
            words[name] = inner.joined(separator: " ")
        }
        return words
    }

    private static func names(of commands: [any ParsableCommand.Type]) -> [String] {
        commands.compactMap { $0.configuration.commandName }
    }

    /// Takes the place of the function that the parser's script calls.
    static var bash: String {
        var cases = "    2:*) words='\(first)' ;;\n"
        for (command, words) in second.sorted(by: { $0.key < $1.key }) {
            cases += "    3:\(command)) words='\(words)' ;;\n"
        }
        return """
            _harness_help() {
                local words=''
                case "${COMP_CWORD}:${COMP_WORDS[2]}" in
            \(cases)    esac
                COMPREPLY=($(compgen -W "${words}" -- "${cur}"))
            }
            """
    }

    /// Takes the place of the argument that the parser's script has.
    static var zsh: String {
        var cases = ""
        for (command, words) in second.sorted(by: { $0.key < $1.key }) { cases += "\(command)) compadd \(words);; " }
        return """
            '1:command or topic:(\(first))'
                    '2:command:{ case "${words[CURRENT-1]}" in \(cases)esac }'
            """
    }

    /// Stands beside what the parser's script says.
    static var fish: String {
        let head = "complete -c 'harness' -n '__harness_should_offer_completions_for_positional \"harness help\" "
        var lines = ["\(head)-eq 1' -fka '\(first)'"]
        for (command, words) in second.sorted(by: { $0.key < $1.key }) {
            lines.append("\(head)-eq 2; and contains -- \(command) (commandline -opc)' -fka '\(words)'")
        }
        return lines.joined(separator: "\n")
    }
}
