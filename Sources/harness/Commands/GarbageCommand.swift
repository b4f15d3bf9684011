import ArgumentParser
import EmbeddedEngine
import ImageStore

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
        try reportingFailure {
            let places = try Places.current()
            let removed = try Leftovers.sweep(runtimeRoot: places.runtimeRoot, diskScratch: places.diskScratch)
            for identifier in removed { print(identifier) }
            _ = try ImageStore(places.store).sweep()
        }
    }
}
