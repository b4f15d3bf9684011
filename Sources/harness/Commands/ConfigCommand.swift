import ArgumentParser
import EmbeddedEngine
import EnvironmentFile
import Glibc

/// `harness config`
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Print the environment file as it is understood: merged, with all values filled in.",
        usage: "harness config [OPTIONS] [ENV]",
        discussion: """
            The output is itself a Compose file, laid out as Docker Compose lays it out. 65: the file is invalid.
            """)

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "The environment file or its folder.", completion: .environmentFile)
    var environment: String?

    @Option(help: "yaml or json.")
    var format: ModelFormat = .yaml

    @OptionGroup var settings: ConfigOptions

    @Flag(name: .shortAndLong, help: "Only check; print nothing.")
    var quiet = false

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Write to this file.", valueName: "file"),
        completion: .file())
    var output: String?

    @Option(help: ArgumentHelp("Say where a variable's value comes from and where it is used.", valueName: "variable"))
    var explain: String?

    @Flag(help: "Write the digests of the images in the local store to harness.lock, for 'harness run --locked'.")
    var lock = false

    @Flag(help: "Print the JSON Schema of environment files, for editors.")
    var schema = false

    mutating func run() throws {
        if schema { return try reportingFailure { try SchemaOutput.print(to: output) } }
        if let explain { return try explanation(of: explain) }
        if lock {
            let loaded = try options.load(environment)
            let output = output
            return try reportingFailure { try LockFile.write(loaded, to: output) }
        }
        let result = EnvironmentLoader.resolve(
            options.request(environment), options: settings.resolveOptions, format: settings.layout(format))
        try DiagnosticOutput.print(result.diagnostics, result.sources, options.progress)
        guard let model = result.model else { throw ExitStatusCode.invalidInput }
        if quiet { return }
        let text = try reportingFailure { try settings.text(of: model) }
        try reportingFailure {
            if let output { try OutputFile.write(text, to: output) } else { try StandardOutput.write(text) }
        }
    }

    /// Also of a file that is invalid, for the variable may be what is wrong.
    private func explanation(of name: String) throws {
        let (explanation, result) = EnvironmentLoader.explain(name, options.request(environment))
        try DiagnosticOutput.print(result.diagnostics, result.sources, options.progress)
        try reportingFailure {
            let text = format == .json ? try JSONOutput.document(explanation) + "\n" : explanation.description
            if let output { try OutputFile.write(text, to: output) } else { try StandardOutput.write(text) }
        }
        if result.hasErrors { throw ExitStatusCode.invalidInput }
    }
}

extension ModelFormat: ExpressibleByArgument {}
