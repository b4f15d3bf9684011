import ArgumentParser
import EmbeddedEngine
import EnvironmentFile

/// `harness volume rm`
struct VolumeRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove volumes with all that is in them.",
        discussion:
            "A volume that a running container has is refused. All that can be removed is; exit code 69 if not all.",
        aliases: ["remove"])

    @Argument(help: "Names.", completion: .volumes)
    var names: [String]

    mutating func run() throws {
        let volumes = try reportingFailure { try VolumeCommand.volumes() }
        var failed: ExitStatusCode?
        for name in names {
            do {
                try reportingFailure {
                    guard try volumes.remove(try volumes.volume(name)) else {
                        throw Failure(
                            "a running container has the volume '\(name)'",
                            remedy: "take its environment down: 'harness ls' lists those that are up",
                            code: .unavailable)
                    }
                }
                print(name)
            } catch let code as ExitStatusCode {
                failed = failed ?? code
            }
        }
        if let failed { throw failed }
    }
}

/// `harness volume prune`
struct VolumePruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove all volumes that no running container has.",
        discussion: """
            The volumes of environments that are down are among them: without --force it is only said what would go.
            """)

    @Flag(name: [.short, .long], help: "Remove them.")
    var force = false

    mutating func run() throws {
        let force = force
        try reportingFailure {
            let volumes = try VolumeCommand.volumes()
            var freed: Int64 = 0
            for volume in try volumes.list() where !volume.isInUse {
                let bytes = try volumes.bytes(of: volume) ?? 0
                if force { guard try volumes.remove(volume) else { continue } }
                print(force ? "removed \(volume.name)" : "would remove \(volume.name)")
                freed += bytes
            }
            print("\(force ? "freed" : "would free") \(humanReadable(bytes: freed))")
        }
    }
}
