import ArgumentParser
import Glibc

/// `harness`
struct HarnessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "harness",
        abstract: "Boots the environment that a file describes, runs a test in it, and takes it away again.",
        discussion: """
            An environment file is a Compose file with a few additions. No daemon is needed.

              harness run Environments/postgres -- psql -h postgres -c 'select 1'
            """,
        subcommands: [
            RunCommand.self, TryCommand.self, UpCommand.self, DownCommand.self, PsCommand.self, LsCommand.self,
            LogsCommand.self,
            ExecCommand.self, ShellCommand.self, PortCommand.self, StartCommand.self, StopCommand.self,
            RestartCommand.self, KillCommand.self, PauseCommand.self, UnpauseCommand.self, WaitCommand.self,
            SwitchCommand.self, EventsCommand.self, CopyCommand.self, TopCommand.self, StatsCommand.self,
            AttachCommand.self, ConfigCommand.self, ValidateCommand.self, GraphCommand.self, ImageCommand.self,
            VolumeCommand.self, RegistryCommand.self, LoginCommand.self, LogoutCommand.self, DoctorCommand.self,
            GarbageCommand.self,
            CompletionCommand.self, VersionCommand.self,
        ])

    @Flag(name: .customLong("version"), help: "Print the version.")
    var version = false

    mutating func run() throws {
        if version { return VersionCommand.printVersion(format: .table) }
        print(HelpRequest.overview)
    }

    /// Prints what the parser has to say; asking for help is no mistake, anything else is wrong usage.
    static func report(_ error: any Error) -> Never {
        let message = fullMessage(for: error)
        if exitCode(for: error).isSuccess {
            // `harness --help` is no other question than `harness help`.
            print(message == helpMessage() ? HelpRequest.overview : message)
            Glibc.exit(ExitStatusCode.success.rawValue)
        }
        StandardError.write(message + "\n")
        Glibc.exit(ExitStatusCode.usage.rawValue)
    }
}

/// How listings are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}
