import ArgumentParser
import LocalStacks

/// `harness switch`
struct SwitchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switch",
        abstract: "Start a service's new version beside the old one, and have everything lead to it once it is ready.",
        discussion: """
            The new version is what the file says by now, or that with another image. Published ports and the service's \
            names move at once, and no request is lost: connections that are open stay with the old version, which runs \
            on until --commit takes it away or --rollback goes back to it. When the new version does not become ready, \
            it is taken away, and nothing has changed.
            """)

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "The service.", completion: .service)
    var service: String

    @Option(help: "The new version's image, instead of the file's.", completion: .images)
    var image: String?

    @Flag(help: "Keep the new version and take the old one away.")
    var commit = false

    @Flag(help: "Go back to the old version and take the new one away.")
    var rollback = false

    @Flag(help: "Let both have a volume at once that both can write to.")
    var sharedVolumes = false

    @Option(help: ArgumentHelp("Give up when it is not ready after so many seconds.", valueName: "seconds"))
    var waitTimeout: Double?

    mutating func validate() throws {
        if commit && rollback { throw ValidationError("--commit and --rollback exclude each other") }
        if commit || rollback, image != nil || sharedVolumes {
            throw ValidationError("--image and --shared-volumes are for a new version")
        }
        if commit && waitTimeout != nil {
            throw ValidationError("--commit waits for nothing that --wait-timeout bounds")
        }
        if let waitTimeout, waitTimeout <= 0 || !waitTimeout.isFinite {
            throw ValidationError("--wait-timeout needs a number of seconds above 0")
        }
    }

    mutating func run() throws {
        let command = self
        throw try reportingFailure { try command.perform() }
    }

    private func perform() throws -> ExitStatusCode {
        var up = UpCall(source: UpCall.Source(options.source, nil))
        if options.files.contains("-"), !commit, !rollback { up.source.standardInput = try StandardInputText.read() }
        up.timeout = waitTimeout
        var call = SwitchCall(service: service, up: up)
        call.image = image
        call.sharesVolumes = sharedVolumes
        if commit { call.step = .commit }
        if rollback { call.step = .rollBack }
        let reporter = RunReporter(options.progress.resolved, verbose: options.verbose)
        return try ask(try StackTarget.find(options), .switchOver(call)) { reply in
            if case .progress(let progress) = reply { reporter.show(progress) }
        }
    }
}
