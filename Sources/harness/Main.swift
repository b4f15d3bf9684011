import ArgumentParser
import Containers
import Glibc
import ImageStore

/// The entry of the executable.
///
/// The main function is synchronous on purpose: an asynchronous one in a static executable makes the C library sort
/// every frame table first, which costs more than a whole small run.
@main
enum Main {
    static func main() {
        // Before anything else: the launcher must stay a process with one thread, and must not wait for a parser.
        if CommandLine.arguments.first == Launcher.argument { Launcher.main() }
        if CommandLine.arguments.first == StoreWorker.argument { StoreWorker.main() }
        let command = CommandLine.arguments.dropFirst().first
        if command == CompletionCall.argument { CompletionCall.answer() }
        let isRun = command == RunRequest.commandName || command == TryCommand.commandName
        // It gets ready on another core while the arguments and the file are read here.
        let launcher = isRun ? RunCommand.startLauncher() : nil
        // A reader that has gone is noticed at the write.
        signal(SIGPIPE, SIG_IGN)
        do {
            if let launcher, command == TryCommand.commandName, let attempt = attempt() {
                throw try attempt.perform(launcher)
            } else if let launcher, command == RunRequest.commandName, let request = runRequest() {
                try request.perform(launcher)
            } else if command == ExecRequest.commandName,
                let request = ExecRequest(plain: CommandLine.arguments.dropFirst(2))
            {
                throw try request.perform()
            } else if command == HelpRequest.commandName {
                print(try reportingFailure { try HelpRequest.text(Array(CommandLine.arguments.dropFirst(2))) })
            } else if var command = parsedCommand() {
                try command.run()
            } else {
                var command = try HarnessCommand.parseAsRoot()
                try command.run()
            }
            exit(ExitStatusCode.success.rawValue)
        } catch let code as ExitStatusCode {
            exit(code.rawValue)
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch {
            HarnessCommand.report(error)
        }
    }

    /// `harness try …`, as ``runRequest()``.
    private static func attempt() -> TryCommand? {
        do {
            return try TryCommand.parse(Array(CommandLine.arguments.dropFirst(2)))
        } catch {
            return nil
        }
    }

    /// `harness run …` without the detour over all other commands, which takes as long again as its own options do.
    ///
    /// - Returns: `nil` for a mistake or a question for help: the whole command has the words for it.
    private static func runRequest() -> RunRequest? {
        let words = CommandLine.arguments.dropFirst(2)
        if let request = RunRequest(withoutOptions: words) { return request }
        do {
            return try RunCommand.parse(Array(words)).request()
        } catch {
            // Told by the whole command, which says it as all others do.
            return nil
        }
    }
}

extension Main {
    /// The same for all other commands.
    fileprivate static func parsedCommand() -> (any ParsableCommand)? {
        guard let name = CommandLine.arguments.dropFirst().first,
            let command = HarnessCommand.configuration.subcommands.first(where: { $0.configuration.commandName == name }
            ),
            command.configuration.subcommands.isEmpty
        else { return nil }
        do {
            return try command.parseAsRoot(Array(CommandLine.arguments.dropFirst(2)))
        } catch {
            return nil
        }
    }
}

/// Exit codes that the command line gives by itself; a command's own are passed through (the table in README.md).
struct ExitStatusCode: RawRepresentable, Error, Hashable {
    var rawValue: Int32

    init(rawValue: Int32) { self.rawValue = rawValue }

    static let success = Self(rawValue: 0)
    /// Wrong usage (sysexits.h, EX_USAGE).
    static let usage = Self(rawValue: 64)
    /// The environment file, image or archive is invalid (EX_DATAERR).
    static let invalidInput = Self(rawValue: 65)
    /// The environment did not come up (EX_UNAVAILABLE).
    static let unavailable = Self(rawValue: 69)
    /// `--timeout` ran out, as timeout(1) says it.
    static let timedOut = Self(rawValue: 124)
    /// The engine failed.
    static let engineFailed = Self(rawValue: 125)
    static let commandNotExecutable = Self(rawValue: 126)
    static let commandNotFound = Self(rawValue: 127)
}
