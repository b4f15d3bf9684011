import ArgumentParser
import EmbeddedEngine
import EnvironmentFile

/// What every command that reads an environment file takes.
struct EnvironmentOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp("An environment file; repeatable, later ones win. - is standard input.", valueName: "file"),
        completion: .environmentFile)
    var files: [String] = []

    @Option(
        name: [.customShort("p"), .customLong("project-name")], help: "The project's name.",
        completion: .environments)
    var projectName: String?

    @Option(help: "The folder that relative paths start from (default: the first file's).", completion: .directory)
    var projectDirectory: String?

    @Option(
        name: .customLong("env-file"),
        help: ArgumentHelp("A file of variables for interpolation instead of .env; repeatable.", valueName: "file"),
        completion: .file())
    var envFiles: [String] = []

    @Option(name: .customLong("profile"), help: "Switch a profile on; repeatable.")
    var profiles: [String] = []

    @Option(help: "What boots the containers: embedded.")
    var engine = EngineChoice.fromEnvironment

    @Option(help: "How progress is shown: auto, tty, plain, json or quiet.")
    var progress = ProgressStyle.auto

    @Flag(help: "Show what the services print, and every probe.")
    var verbose = false

    /// Engines by name.
    enum EngineChoice: String, ExpressibleByArgument, CaseIterable {
        case embedded

        /// `HARNESS_ENGINE`, where it names one.
        static var fromEnvironment: EngineChoice {
            Places.variables["HARNESS_ENGINE"].flatMap(EngineChoice.init) ?? .embedded
        }
    }

    /// The same without the parser's wrappers.
    var source: EnvironmentSource {
        EnvironmentSource(
            files: files, projectName: projectName, projectDirectory: projectDirectory, environmentFiles: envFiles,
            profiles: profiles, progress: progress)
    }

    /// As ``EnvironmentSource/load(_:isStrict:checksContents:)``.
    func load(_ location: String?, isStrict: Bool = false, checksContents: Bool = true) throws -> Environment {
        try source.load(location, isStrict: isStrict, checksContents: checksContents)
    }

    /// As ``EnvironmentSource/request(_:)``.
    func request(_ location: String?) -> LoadRequest { source.request(location) }
}

/// How progress is shown on standard error.
enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
    case auto, tty, plain, json, quiet

    /// `auto` decided: redrawing needs a terminal that can, and nobody who asked for plain text.
    var resolved: ProgressStyle {
        guard self == .auto else { return self }
        let variables = Places.variables
        let isPlain = variables["CI"] == "true" || variables["TERM"] == "dumb" || !StandardError.isTerminal
        return isPlain ? .plain : .tty
    }
}
