import ArgumentParser
import LocalStacks

/// `harness attach`
struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Join the terminal to the first process of a container: what it prints from now on, what it reads.",
        usage: "harness attach [OPTIONS] SERVICE",
        discussion: """
            What is typed goes to a container that has 'tty' or 'stdin_open'; on one with 'tty', Ctrl-P Ctrl-Q leaves \
            it running. Signals are passed on. The exit code is the container's own; 0 after leaving it.
            """)

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "The service.", completion: .service)
    var service: String

    @Option(help: ArgumentHelp("Which of the service's containers, from 1.", valueName: "number"))
    var index: Int?

    @Flag(help: "Do not read what is typed.")
    var noStdin = false

    @Option(help: ArgumentHelp("Pass signals on: true or false.", valueName: "bool"))
    var sigProxy = BooleanArgument(isTrue: true)

    @Option(
        help: ArgumentHelp(
            "The keys that leave it, with commas between: a character, or ctrl- and one.", valueName: "keys"))
    var detachKeys = DetachKeys.standard

    mutating func run() throws {
        let command = self
        throw try reportingFailure {
            try AttachSession(
                target: try StackTarget.find(command.options),
                container: ContainerCall(service: command.service, number: command.index),
                wantsInput: !command.noStdin, passesSignals: command.sigProxy.isTrue, keys: command.detachKeys
            ).run()
        }
    }
}

/// `true` or `false`, for options that Docker writes with a value.
struct BooleanArgument: ExpressibleByArgument {
    var isTrue: Bool

    init(isTrue: Bool) { self.isTrue = isTrue }

    init?(argument: String) {
        switch argument {
        case "true", "1": isTrue = true
        case "false", "0": isTrue = false
        default: return nil
        }
    }

    var defaultValueDescription: String { isTrue ? "true" : "false" }
}

extension DetachKeys: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }

    var defaultValueDescription: String { "ctrl-p,ctrl-q" }
}
