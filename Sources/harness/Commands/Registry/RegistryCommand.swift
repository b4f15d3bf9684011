import ArgumentParser

/// `harness registry`
struct RegistryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "A private registry of images.", subcommands: [RegistryServeCommand.self])
}
