import ArgumentParser
import EmbeddedEngine
import EnvironmentFile

/// `harness validate`
struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Say what is wrong with an environment file.",
        discussion: """
            All that is found comes at once, in the order of the file. text goes to standard error; json (one document), \
            sarif (2.1.0, for code scanning) and github (workflow commands) go to standard output.

            The exit code is 0, or 65 where there is an error. Warnings are no errors without --strict.
            """)

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "The environment file or its folder.", completion: .environmentFile)
    var environment: String?

    @Flag(help: "Take every warning for an error.")
    var strict = false

    @Option(help: "text, json, sarif or github.")
    var format = Format.text

    /// How diagnostics are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, sarif, github
    }

    mutating func run() throws {
        var request = options.request(environment)
        request.isStrict = strict
        let result = EnvironmentLoader.load(request)
        try report(result)
        if result.hasErrors { throw ExitStatusCode.invalidInput }
    }

    private func report(_ result: LoadResult) throws {
        switch format {
        case .text:
            try DiagnosticOutput.print(result.diagnostics, result.sources, options.progress)
            if options.progress != .json, options.progress != .quiet {
                StandardError.write(Self.summary(of: result) + "\n")
            }
        case .json: print(try JSONOutput.document(DiagnosticReport(result)))
        case .sarif: print(try JSONOutput.document(Self.log(of: result)))
        case .github: print(DiagnosticOutput.annotations(result.diagnostics), terminator: "")
        }
    }

    /// The tree that is scanned is the checkout on GitHub Actions, else the current folder.
    private static func log(of result: LoadResult) -> SARIFLog {
        let directory = EnvironmentSource.currentDirectory()
        let checkout = Places.variables["GITHUB_WORKSPACE"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return SARIFLog(
            result, directory: directory, base: checkout ?? directory, version: VersionCommand.version)
    }

    private static func summary(of result: LoadResult) -> String {
        let report = DiagnosticReport(result)
        if report.errors == 0, report.warnings == 0 { return "valid" }
        let counts = [(report.errors, "error"), (report.warnings, "warning")].filter { $0.0 > 0 }
            .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        return (report.valid ? "valid, with " : "invalid: ") + counts.joined(separator: " and ")
    }
}
