import ArgumentParser
import Glibc
import LocalStacks

/// `harness logs`
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show what the containers of an environment have printed.",
        discussion: """
            Lines are kept in files, of ended containers too, until the environment is taken down or goes up anew; how \
            many, the file's 'logging' says (max-size, max-file). Times are '10m' ago, a day or a time such as \
            2026-01-02T03:04:05Z, in UTC.
            """)

    @OptionGroup var place: PlaceOptions

    @Argument(help: "Only these services.", completion: .services)
    var services: [String] = []

    @Flag(name: [.short, .long], help: "Go on with what comes, until the environment is gone.")
    var follow = false

    @Option(
        name: [.customShort("n"), .long], help: ArgumentHelp("The last lines of each container.", valueName: "number"))
    var tail: TailArgument?

    @Option(help: ArgumentHelp("Nothing older.", valueName: "time"))
    var since: LogTimeArgument?

    @Option(help: ArgumentHelp("Nothing younger.", valueName: "time"))
    var until: LogTimeArgument?

    @Flag(name: [.short, .long], help: "Put the time before each line.")
    var timestamps = false

    @Flag(help: "Lines without names before them.")
    var noLogPrefix = false

    mutating func run() throws {
        var selection = LogSelection()
        selection.services = services
        selection.tail = tail?.count
        selection.since = since?.seconds
        selection.until = until?.seconds
        selection.showsTimes = timestamps
        selection.hasPrefix = !noLogPrefix
        selection.follows = follow
        let place = place
        throw try reportingFailure {
            try LogSession(target: try StackTarget.find(try place.options), selection: selection).run()
        }
    }
}

/// Which environment is meant, for a command whose `-f` is another option.
struct PlaceOptions: ParsableArguments {
    @Option(
        name: .customLong("file"), help: ArgumentHelp("An environment file; repeatable.", valueName: "file"),
        completion: .environmentFile)
    var files: [String] = []

    @Option(
        name: [.customShort("p"), .customLong("project-name")], help: "The project's name.",
        completion: .environments)
    var projectName: String?

    @Option(help: "The folder that relative paths start from (default: the first file's).", completion: .directory)
    var projectDirectory: String?

    var options: EnvironmentOptions {
        get throws {
            var options = try EnvironmentOptions.parse([])
            options.files = files
            options.projectName = projectName
            options.projectDirectory = projectDirectory
            return options
        }
    }
}

/// A number of lines, or `all`.
struct TailArgument: ExpressibleByArgument {
    /// `nil`: all.
    var count: Int?

    init?(argument: String) {
        if argument == "all" { return }
        guard let number = Int(argument), number >= 0 else { return nil }
        count = number
    }
}

/// A point in time.
struct LogTimeArgument: ExpressibleByArgument {
    var seconds: Double

    init?(argument: String) {
        guard let seconds = LogTime.parse(argument, now: WallClock.now()) else { return nil }
        self.seconds = seconds
    }
}
