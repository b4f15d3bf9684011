import ArgumentParser
import EmbeddedEngine

/// `harness gc`
struct GarbageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove what killed runs have left behind.",
        discussion: """
            The kernel frees processes, mounts and networks by itself. What remains after a SIGKILL are empty \
            directories and control groups, which every start of harness removes too. Nothing that a living \
            environment uses is touched; images and named volumes stay.
            """)

    mutating func run() throws {
        let places = Places.current
        try reportingFailure {
            let removed = try Leftovers.sweep(runtimeRoot: places.runtimeRoot, diskScratch: places.diskScratch)
            for identifier in removed { print(identifier) }
        }
    }
}
