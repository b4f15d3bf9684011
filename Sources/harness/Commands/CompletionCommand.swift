import ArgumentParser

/// `harness completion`
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a shell's script that completes commands, options, services, images and environments.",
        discussion: """
            'make install' puts the scripts where the shells look for them. Without it:

              bash: source <(harness completion bash)           in ~/.bashrc
              zsh:  harness completion zsh > DIR/_harness       where DIR is in $fpath
              fish: harness completion fish > ~/.config/fish/completions/harness.fish
            """)

    /// Shells that a script is for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish

        var kind: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    mutating func run() throws {
        let text = CompletionScript.text(for: shell.kind)
        try reportingFailure { try StandardOutput.write(text) }
    }
}
