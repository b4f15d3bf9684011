import ArgumentParser
import Containers
import EnvironmentFile
import LinuxKernel
import LocalStacks

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

            With --service, COMMAND is run in a container of its own that is a copy of the service: beside the \
            environment where that is up, else with what the service depends on, which is taken down with it. \
            Options from --env on are about this container. On a terminal it has one of its own; -T gives it the \
            caller's streams. It publishes no ports and answers to no name of the service unless told.
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

    @Option(help: "Run a copy of this service instead of a test.", completion: .service)
    var service: String?

    @OptionGroup var container: OneOffOptions

    @Option(
        name: .customLong("publish"),
        help: ArgumentHelp("A port, as in a file; repeatable.", valueName: "host:container"))
    var publish: [String] = []

    @Flag(name: [.customShort("P"), .long], help: "Publish the service's own ports.")
    var servicePorts = false

    @Flag(help: "Have the service's names lead to the copy too.")
    var useAliases = false

    @Flag(help: "Start nothing that the service depends on.")
    var noDeps = false

    @Option(help: "The copy's name (default: SERVICE-run-1, or the next that is free).")
    var name: String?

    mutating func validate() throws {
        if service == nil {
            let isPlain = container.isEmpty && publish.isEmpty && !servicePorts && !useAliases && !noDeps && name == nil
            if !isPlain { throw ValidationError("options about a service's copy need --service") }
            return
        }
        if keep { throw ValidationError("--keep is for a test: a copy of a service is taken away at its end") }
        if let name, !Self.isName(name) {
            throw ValidationError("'\(name)' is no name: use letters, digits, '.', '_' and '-'")
        }
    }

    /// As the specification has it for services; and a host name is made of it.
    private static func isName(_ text: String) -> Bool {
        let others = "._-".unicodeScalars
        return (1...63).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasPrefix(".")
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                    || others.contains(scalar)
            }
    }

    mutating func run() throws {
        let request = try reportingFailure { try self.request() }
        try request.perform(Self.startLauncher())
    }

    static func startLauncher(keepsStreams: Bool = true) -> Result<LauncherProcess, SystemCallError> {
        Result { () throws(SystemCallError) in try LauncherProcess.start(keepsStreams: keepsStreams) }
    }

    func request() throws -> RunRequest {
        var request = RunRequest(
            source: options.source, location: environment, command: command, timeout: timeout?.duration, keeps: keep,
            isStrict: strict, isOffline: offline, isLocked: locked, isVerbose: options.verbose)
        request.oneOff = try service.map(runCall)
        return request
    }

    private func runCall(_ service: String) throws -> RunCall {
        var call = RunCall(service: service, up: UpCall(source: UpCall.Source(options.source, environment)))
        call.up.source.enabledServices = [service]
        call.up.leavesDependencies = noDeps
        call.container = try container.container(command)
        call.container.ports = publish
        call.name = name
        call.publishesServicePorts = servicePorts
        call.takesNames = useAliases
        call.isLocked = locked
        call.timeout = timeout.map { $0.duration / .seconds(1) }
        return call
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
