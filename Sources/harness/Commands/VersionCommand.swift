import ArgumentParser

/// `harness version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    /// The version of this program, by semver.org.
    static let version = "0.1.0"

    @Option(help: "table or json.")
    var format = OutputFormat.table

    mutating func run() { Self.printVersion(format: format) }

    static func printVersion(format: OutputFormat) {
        switch format {
        case .table: print("harness \(version)")
        case .json: print("{\"version\":\"\(version)\"}")
        }
    }
}
