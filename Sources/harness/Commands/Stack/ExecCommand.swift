import ArgumentParser
import LocalStacks

/// `harness exec`
struct ExecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: ExecRequest.commandName,
        abstract: "Run a command in a container that runs.",
        usage: "harness exec [OPTIONS] SERVICE COMMAND...",
        discussion: """
            On a terminal the command gets one of its own, and the keyboard; -T gives it the caller's streams instead. \
            The exit code is the command's own; 126 and 127: it can't be executed, or is not there; 69: the service \
            does not run.
            """)

    @OptionGroup var options: EnvironmentOptions
    @OptionGroup var process: ProcessOptions

    @Flag(name: [.short, .customLong("detach")], help: "Do not wait for it; its output is dropped.")
    var detach = false

    @Argument(
        parsing: .captureForPassthrough, help: "The service, and the command with its arguments.",
        completion: .service)
    var words: [String] = []

    mutating func validate() throws {
        if words.count < 2 { throw ValidationError("a service and a command are needed") }
        if detach && (process.tty || process.interactive) {
            throw ValidationError("-d goes with neither -i nor -t: nobody is there to type or read")
        }
    }

    mutating func run() throws {
        var call = ExecCall(service: words[0])
        call.command = Array(words.dropFirst())
        call.isDetached = detach
        throw try process.run(call, options)
    }
}

/// `harness shell`
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Open a shell in a container that runs: bash, ash or sh, the first that it has.",
        usage: "harness shell [OPTIONS] SERVICE")

    @OptionGroup var options: EnvironmentOptions
    @OptionGroup var process: ProcessOptions

    @Argument(help: "The service.", completion: .service)
    var service: String

    mutating func run() throws { throw try process.run(ExecCall(service: service), options) }
}

/// How a further process in a container is run.
struct ProcessOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Give it the keyboard; the default.")
    var interactive = false

    @Flag(name: [.short, .long], help: "Give it a terminal of its own; the default on a terminal.")
    var tty = false

    @Flag(name: [.customShort("T"), .customLong("no-tty")], help: "Give it the caller's streams.")
    var noTTY = false

    @Option(name: [.short, .long], help: "As this user: name or number, and group behind a colon.")
    var user: String?

    @Option(name: [.short, .long], help: ArgumentHelp("In this directory.", valueName: "path"))
    var workdir: String?

    @Option(name: [.short, .long], help: ArgumentHelp("A variable; repeatable.", valueName: "name=value"))
    var env: [String] = []

    @Option(help: ArgumentHelp("Which of the service's containers, from 1.", valueName: "number"))
    var index: Int?

    @Flag(help: "With every capability.")
    var privileged = false

    mutating func validate() throws {
        if tty && noTTY { throw ValidationError("-t and -T exclude each other") }
        if let workdir, !workdir.hasPrefix("/") { throw ValidationError("--workdir needs an absolute path") }
        for entry in env where entry.isEmpty || entry.hasPrefix("=") {
            throw ValidationError("'\(entry)' is no variable: write NAME=value")
        }
    }

    /// Runs it to its end.
    ///
    /// - Returns: Its exit code.
    func run(_ call: ExecCall, _ options: EnvironmentOptions) throws -> ExitStatusCode {
        var request = ExecRequest(source: options.source, call: call)
        request.terminal = tty ? true : noTTY ? false : nil
        request.call.number = index
        request.call.user = user
        request.call.workingDirectory = workdir
        request.call.isPrivileged = privileged
        request.call.environment = env
        return try request.perform()
    }
}
