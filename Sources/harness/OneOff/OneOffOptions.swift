import ArgumentParser
import Glibc
import LocalStacks

/// What the command line says of a container that is made for one command.
struct OneOffOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Give it the keyboard; the default.")
    var interactive = false

    @Flag(name: [.short, .long], help: "Give it a terminal of its own; the default on a terminal.")
    var tty = false

    @Flag(name: [.customShort("T"), .customLong("no-tty")], help: "Give it the caller's streams.")
    var noTTY = false

    @Flag(name: .customLong("rm"), help: "Take it away at its end; it always is.")
    var removes = false

    @Option(name: [.short, .long], help: ArgumentHelp("A variable; repeatable.", valueName: "name=value"))
    var env: [String] = []

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "A mount, as in a file: a path of the host or a volume, and one in the container; repeatable.",
            valueName: "source:target"))
    var volume: [String] = []

    @Option(name: [.short, .long], help: "As this user: name or number, and group behind a colon.")
    var user: String?

    @Option(name: [.short, .long], help: ArgumentHelp("In this directory.", valueName: "path"))
    var workdir: String?

    @Option(help: ArgumentHelp("The program that the command is given to; empty: none.", valueName: "program"))
    var entrypoint: String?

    @Option(help: ArgumentHelp("A capability more; repeatable.", valueName: "capability"))
    var capAdd: [String] = []

    @Option(help: ArgumentHelp("A capability less; repeatable.", valueName: "capability"))
    var capDrop: [String] = []

    mutating func validate() throws {
        if tty && noTTY { throw ValidationError("-t and -T exclude each other") }
        for entry in env where entry.isEmpty || entry.hasPrefix("=") {
            throw ValidationError("'\(entry)' is no variable: write NAME=value")
        }
    }

    /// Whether it gets a terminal of its own.
    ///
    /// - Throws: ``Failure`` where one is asked for and the caller has none.
    func hasTerminal() throws -> Bool {
        if tty && isatty(STDIN_FILENO) != 1 {
            throw Failure("the input is no terminal", remedy: "leave -t out", code: .usage)
        }
        return tty || (isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && !noTTY)
    }

    /// Whether nothing is said.
    var isEmpty: Bool {
        !interactive && !tty && !noTTY && !removes && env.isEmpty && volume.isEmpty && user == nil && workdir == nil
            && entrypoint == nil && capAdd.isEmpty && capDrop.isEmpty
    }

    /// - Parameter command: Empty: the image's, or the service's.
    func container(_ command: [String]) throws -> OneOffContainer {
        var container = OneOffContainer()
        container.command = command.isEmpty ? nil : command
        if let entrypoint {
            container.entrypoint = entrypoint.isEmpty ? [] : [entrypoint]
            // As Docker has it: the command of before was meant for another program.
            container.command = command
        }
        container.environment = env
        container.volumes = volume
        container.user = user
        container.workingDirectory = workdir
        container.addedCapabilities = capAdd
        container.droppedCapabilities = capDrop
        container.hasTerminal = try hasTerminal()
        let hasTerm = env.contains { $0 == "TERM" || $0.hasPrefix("TERM=") }
        if container.hasTerminal, !hasTerm { container.environment.append("TERM=\(Self.terminalType)") }
        return container
    }

    private static var terminalType: String { getenv("TERM").map { String(cString: $0) } ?? "xterm" }
}
