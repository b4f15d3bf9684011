import ArgumentParser
import Containers
import EmbeddedEngine
import EnvironmentFile
import Glibc
import LinuxKernel
import LocalStacks
import Orchestration

/// `harness up`
struct UpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Start an environment that stays up, or bring one that runs to its file.",
        usage: "harness up [OPTIONS] [ENV] [SERVICE...]",
        discussion: """
            ENV is an environment file or its folder; it is told from a service by a slash, or .yaml at its end: write \
            ./shop for a folder. With services, only they are seen to, and what they depend on.

            Returns when everything is ready. Of an environment that runs, only what has changed is replaced, and what \
            depends on it with 'restart: true'; why is printed. Attached, Ctrl-C takes it down, a second one kills it.

            The exit code is 0; 65: the file is invalid; 69: not everything came up, and what did stays up; 125: the \
            engine failed; 130, 143: interrupted.
            """)

    @OptionGroup var options: EnvironmentOptions

    @Argument(
        help: ArgumentHelp("The environment file or its folder, and services.", valueName: "env or service"),
        completion: .environmentAndServices)
    var words: [String] = []

    @Flag(name: [.short, .customLong("detach")], help: "Go on in the background once everything is ready.")
    var detach = false

    @Flag(help: "The same as -d: it waits until everything is ready anyway.")
    var wait = false

    @Option(help: ArgumentHelp("Fail when not everything is ready after so many seconds.", valueName: "seconds"))
    var waitTimeout: Double?

    @Option(
        help: ArgumentHelp("So many containers for a service; repeatable.", valueName: "service=number"),
        completion: .scale)
    var scale: [ScaleArgument] = []

    @Flag(help: "Make images again that are made of packages, where there are newer ones.")
    var build = false

    @Option(help: "When images are fetched, instead of what the file says: always, missing or never.")
    var pull: PullArgument?

    @Flag(help: "Attached: keep containers up to date with files of the host, by 'develop.watch' of the file.")
    var watch = false

    @Flag(help: "Replace containers although nothing has changed.")
    var forceRecreate = false

    @Flag(help: "Leave alone what the services depend on.")
    var noDeps = false

    @Flag(help: "Take containers away whose services are not in the file any more.")
    var removeOrphans = false

    @Flag(help: "Attached: take everything down when a container ends; the exit code is its.")
    var abortOnContainerExit = false

    @Option(help: "Attached: as --abort-on-container-exit, with the exit code of this service.", completion: .services)
    var exitCodeFrom: String?

    @Option(
        help: ArgumentHelp("Attached: show this service only; repeatable.", valueName: "service"),
        completion: .services)
    var attach: [String] = []

    @Option(
        help: ArgumentHelp("Attached: do not show this service; repeatable.", valueName: "service"),
        completion: .services)
    var noAttach: [String] = []

    @Flag(help: "Attached: lines without names before them.")
    var noLogPrefix = false

    @Flag(help: "Print what would be done, and why.")
    var dryRun = false

    mutating func validate() throws {
        let isAttached = abortOnContainerExit || exitCodeFrom != nil || !attach.isEmpty || !noAttach.isEmpty
        if watch, detach || wait || dryRun {
            throw ValidationError("--watch goes on for as long as the command does: not with -d, --wait or --dry-run")
        }
        if detach || wait, isAttached || noLogPrefix {
            throw ValidationError("what is shown or awaited of an attached 'up' has no meaning with -d or --wait")
        }
        if let waitTimeout, waitTimeout <= 0 || !waitTimeout.isFinite {
            throw ValidationError("--wait-timeout needs a number of seconds above 0")
        }
    }

    private var isDetached: Bool { detach || wait }

    mutating func run() throws {
        let command = self
        throw try reportingFailure { try command.start() }
    }

    private func start() throws -> ExitStatusCode {
        let call = try makeCall()
        let detachment = isDetached && !dryRun ? try Detachment.begin() : nil
        // It gets ready on another core while the file is read here.
        let launcher = dryRun ? nil : RunCommand.startLauncher(keepsStreams: detachment == nil)
        let input = try call.source.standardInput.map { SharedDescriptor(try StandardInputText.file(of: $0)) }
        var request = call.source.request
        if let input { request.standardInput = input.rawValue }
        let environment = try withExtendedLifetime(input) { try options.source.load(request) }
        let places = try Places.current()
        let identity = EnvironmentIdentity(name: environment.name, directory: environment.directory)
        let session = UpSession(
            call: call, environment: environment, identity: identity, places: places,
            reporter: RunReporter(options.progress.resolved, verbose: options.verbose))
        if dryRun { return try session.dryRun() }
        return try session.run(launcher, detachment, attachment: detachment == nil ? attachment : nil)
    }

    private var attachment: Attachment {
        Attachment(
            output: DeferredOutput(shown: attach, hidden: noAttach, hasPrefix: !noLogPrefix),
            abortsOnExit: abortOnContainerExit || exitCodeFrom != nil, exitCodeFrom: exitCodeFrom)
    }

    private func makeCall() throws -> UpCall {
        let (location, services) = EnvironmentWords.split(words)
        var call = UpCall(source: UpCall.Source(options.source, location))
        if options.files.contains("-") { call.source.standardInput = try StandardInputText.read() }
        call.services = services
        call.source.enabledServices = Set(services)
        call.scale = Dictionary(scale.map { ($0.service, $0.count) }, uniquingKeysWith: { $1 })
        call.recreates = forceRecreate
        call.leavesDependencies = noDeps
        call.removesOrphans = removeOrphans
        call.isDryRun = dryRun
        call.builds = build
        call.pullPolicy = pull?.rawValue
        call.watches = watch
        call.timeout = waitTimeout
        return call
    }
}

/// What `--pull` says.
enum PullArgument: String, ExpressibleByArgument, CaseIterable {
    case always, missing, never
}

/// `web=3`
struct ScaleArgument: ExpressibleByArgument {
    private static let maximum = 10_000

    var service: String
    var count: Int

    init?(argument: String) {
        guard let equals = argument.lastIndex(of: "="), equals > argument.startIndex,
            let count = Int(argument[argument.index(after: equals)...]), (0...Self.maximum).contains(count)
        else { return nil }
        service = String(argument[..<equals])
        self.count = count
    }
}

/// Tells the ENV argument from the services after it.
enum EnvironmentWords {
    static func split(_ words: [String]) -> (location: String?, services: [String]) {
        guard let first = words.first, isLocation(first) else { return (nil, words) }
        return (first, Array(words.dropFirst()))
    }

    /// No service's name has a slash, and hardly one the end of a file's.
    private static func isLocation(_ word: String) -> Bool {
        word.contains("/") || word == "." || word == ".." || word.hasSuffix(".yaml") || word.hasSuffix(".yml")
    }
}
