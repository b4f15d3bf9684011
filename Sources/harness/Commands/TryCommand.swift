import ArgumentParser
import Containers
import EmbeddedEngine
import EnvironmentFile
import LinuxKernel
import LocalStacks

/// `harness try`
struct TryCommand: ParsableCommand {
    static let commandName = "try"
    /// Of the environment and its service; no host name is made of it but the container's.
    private static let name = "try"

    static let configuration = CommandConfiguration(
        commandName: commandName,
        abstract: "Run a command in a throw-away container of an image; without one, the image's own.",
        usage: "harness try [OPTIONS] IMAGE [COMMAND...]",
        discussion: """
            On a terminal the container has one of its own, and the keyboard; -T gives it the caller's streams. Nothing \
            of it is left, volumes but for those named with -v included.

            The exit code is the command's own. 69: the image is missing; 126, 127: the command can't be executed, or \
            is not there; 125: the engine failed; 130, 143: interrupted.
            """)

    /// How it is connected.
    enum Network: String, ExpressibleByArgument, CaseIterable {
        case `default`, none, host
    }

    /// What is done for an image that the store lacks.
    enum Pull: String, ExpressibleByArgument, CaseIterable {
        case always, missing, never
    }

    @OptionGroup var container: OneOffOptions

    @Option(
        name: [.customShort("p"), .long],
        help: ArgumentHelp("A port, as in a file; repeatable.", valueName: "host:container"))
    var publish: [String] = []

    @Option(name: [.customLong("net"), .customLong("network")], help: "default, none, or host: the caller's own.")
    var network = Network.default

    @Option(help: "When the image is fetched: always, missing or never.")
    var pull = Pull.missing

    @Option(help: "How progress is shown: auto, tty, plain, json or quiet.")
    var progress = ProgressStyle.quiet

    @Argument(
        parsing: .captureForPassthrough, help: "The image, and the command with its arguments.",
        completion: .image)
    var words: [String] = []

    mutating func validate() throws {
        if words.isEmpty { throw ValidationError("an image is needed") }
    }

    mutating func run() throws { throw try perform(RunCommand.startLauncher()) }

    /// - Returns: The exit code; everything has been taken away.
    func perform(_ launcher: Result<LauncherProcess, SystemCallError>) throws -> ExitStatusCode {
        try reportingFailure {
            var described = try container.container(Array(words.dropFirst()))
            described.ports = publish
            described.pullPolicy = pull.rawValue
            if network != .default { described.networkMode = network.rawValue }
            let environment = try described.environment(
                of: words[0], named: Self.name, directory: EnvironmentSource.currentDirectory(),
                variables: Places.variables)
            return try OneOffRun(
                environment: environment, service: Self.name, hasTerminal: described.hasTerminal,
                reporter: RunReporter(progress.resolved, verbose: false)
            ).perform(launcher)
        }
    }
}
