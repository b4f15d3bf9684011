import ArgumentParser
import Containers
import EnvironmentFile
import LinuxKernel

/// `harness run`
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: RunRequest.commandName,
        abstract: "Boot an environment, run its test, take everything down.",
        usage: "harness run [OPTIONS] [ENV] [-- COMMAND...]",
        discussion: """
            ENV is an environment file, or a folder that holds environment.yaml, compose.yaml or docker-compose.yml; \
            with none given, the current folder, then those above it. COMMAND replaces the file's test.command.

            The exit code is the test's own. 65: the file is invalid. 69: the environment did not come up. 124: \
            --timeout ran out. 125: the engine failed. 130, 143: interrupted; a second Ctrl-C kills at once.
            """)

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "The environment file or its folder.", completion: .environmentFile)
    var environment: String?

    @Argument(parsing: .postTerminator, help: "The test command.", completion: .file())
    var command: [String] = []

    @Option(help: "End the test after this time: 90s, 10m, 1h30m.")
    var timeout: DurationArgument?

    @Flag(help: "Leave the environment up when the test fails, until Ctrl-C.")
    var keep = false

    @Flag(help: "Ask no registry: fail before anything starts where an image is missing.")
    var offline = false

    @Flag(help: "Run exactly the images that harness.lock names ('harness config --lock').")
    var locked = false

    @Flag(help: "Take every warning about the file for an error.")
    var strict = false

    mutating func run() throws { try request.perform(Self.startLauncher()) }

    static func startLauncher(keepsStreams: Bool = true) -> Result<LauncherProcess, SystemCallError> {
        Result { () throws(SystemCallError) in try LauncherProcess.start(keepsStreams: keepsStreams) }
    }

    var request: RunRequest {
        RunRequest(
            source: options.source, location: environment, command: command, timeout: timeout?.duration, keeps: keep,
            isStrict: strict, isOffline: offline, isLocked: locked, isVerbose: options.verbose)
    }
}

/// A time as people write it: `500ms`, `90s`, `10m`, `1h30m`.
struct DurationArgument: ExpressibleByArgument {
    var duration: Duration

    init?(argument: String) {
        guard let duration = Duration(compose: argument), duration > .zero else { return nil }
        self.duration = duration
    }
}
