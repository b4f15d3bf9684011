import ArgumentParser
import Containers
import EmbeddedEngine
import EnvironmentFile
import Glibc
import LinuxKernel
import Orchestration

/// `harness run`
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Boot an environment, run its test, take everything down.",
        usage: "harness run [OPTIONS] [ENV] [-- COMMAND...]",
        discussion: """
            ENV is an environment file, or a folder that holds environment.yaml, compose.yaml or docker-compose.yml; \
            with none given, the current folder, then those above it. COMMAND replaces the file's test.command.

            The exit code is the test's own. 65: the file is invalid. 69: the environment did not come up. 124: \
            --timeout ran out. 125: the engine failed. 130, 143: interrupted; a second Ctrl-C kills at once.
            """)

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "The environment file or its folder.")
    var environment: String?

    @Argument(parsing: .postTerminator, help: "The test command.")
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

    mutating func run() throws { try run(Self.startLauncher()) }

    static func startLauncher() -> Result<LauncherProcess, SystemCallError> {
        Result { () throws(SystemCallError) in try LauncherProcess.start() }
    }

    /// - Parameter launcher: Started before the command line was read: it gets ready on another core meanwhile.
    func run(_ launcher: Result<LauncherProcess, SystemCallError>) throws {
        let (places, scratch) = try reportingFailure { (try Places.current(), try Self.scratch()) }
        let loop = try reportingFailure { try EventLoop() }
        let session = RunSession(
            loop: loop, places: places, scratch: scratch, launcher: launcher,
            reporter: RunReporter(options.progress.resolved, verbose: options.verbose))
        let (options, location, strict, locked) = (options, environment, strict, locked)
        let settings = RunSession.Settings(
            command: command.isEmpty ? nil : command, timeout: timeout?.duration, keeps: keep,
            projectName: options.projectName, isOffline: offline)
        throw try reportingFailure {
            try loop.run {
                try await session.run(settings) {
                    let environment = try options.load(location, isStrict: strict)
                    return locked ? try LockFile.pinned(environment) : environment
                }
            }
        }
    }

    private static func scratch() throws -> EmbeddedEngine.Scratch {
        guard let text = Places.variables["HARNESS_SCRATCH"], !text.isEmpty else { return .auto }
        guard let scratch = EmbeddedEngine.Scratch(rawValue: text) else {
            StandardError.write(
                Failure(
                    "HARNESS_SCRATCH is '\(text)'", remedy: "use auto, memory or disk", code: .usage
                ).text)
            throw ExitStatusCode.usage
        }
        return scratch
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
