import ArgumentParser

/// `harness cp`
struct CopyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp",
        abstract: "Copy files between a container that runs and the host.",
        usage: """
            harness cp [OPTIONS] SERVICE:PATH DESTINATION|-
            harness cp [OPTIONS] SOURCE|- SERVICE:PATH
            """,
        discussion: """
            As docker cp: a source goes into a directory that is there, else it gets the destination's name; PATH/. \
            stands for what is in a directory. - is a tar archive at the standard output or input; one that is read may \
            be compressed.

            In the container copies belong to root, on the host to the caller, without set-user-ID bits; -a keeps \
            owners and bits. Modes and times are kept; extended attributes, devices and sockets are not copied.
            """)

    @OptionGroup var options: EnvironmentOptions

    @Flag(name: [.short, .long], help: "Keep owners.")
    var archive = false

    @Flag(
        name: [.customShort("L"), .long],
        help: "Where SOURCE is a symbolic link, copy what it leads to; in a container it leads to nothing outside.")
    var followLink = false

    @Option(help: ArgumentHelp("Which of the service's containers, from 1.", valueName: "number"))
    var index: Int?

    @Argument(help: "What is copied.", completion: .copyPlace)
    var source: String

    @Argument(help: "Where it goes.", completion: .copyPlace)
    var destination: String

    mutating func run() throws {
        let command = self
        try reportingFailure {
            let session = CopySession(
                target: try StackTarget.find(command.options), number: command.index, keepsOwners: command.archive,
                followsLink: command.followLink)
            try session.copy(CopyEnd(command.source), to: CopyEnd(command.destination))
        }
    }
}
