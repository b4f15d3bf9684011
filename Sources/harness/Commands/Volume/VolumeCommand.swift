import ArgumentParser
import EmbeddedEngine
import LinuxKernel

/// `harness volume`
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "Look at the volumes of environments that stay up, and remove them.",
        subcommands: [
            VolumeListCommand.self, VolumeInspectCommand.self, VolumeRemoveCommand.self, VolumePruneCommand.self,
        ])

    static func volumes() throws -> StoredVolumes { StoredVolumes(try Places.current()) }
}

/// `harness volume ls`
struct VolumeListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the volumes of the store.", aliases: ["list"])

    @Option(help: "table, or json: one object per line with name, path and isInUse.")
    var format = OutputFormat.table

    @Flag(name: [.short, .long], help: "Print names only.")
    var quiet = false

    @Flag(help: "Only those that no running container has.")
    var unused = false

    private struct Row: Encodable {
        var isInUse: Bool
        var name: String
        var path: String
    }

    mutating func run() throws {
        let volumes = try reportingFailure { try VolumeCommand.volumes().list() }.filter { !unused || !$0.isInUse }
        if quiet { return volumes.forEach { print($0.name) } }
        switch format {
        case .json:
            for volume in volumes {
                print(try JSONOutput.line(Row(isInUse: volume.isInUse, name: volume.name, path: volume.path)))
            }
        case .table:
            var table = Table(["NAME", "IN USE"])
            for volume in volumes { table.add([volume.name, volume.isInUse ? "yes" : "no"]) }
            print(table.text)
        }
    }
}

/// `harness volume inspect`
struct VolumeInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Print all that is known of volumes, as JSON.",
        discussion: """
            A list of one object per volume: bytes (on the disk; left out where not all of it can be read), isInUse, name \
            and path.
            """)

    @Argument(help: "Names.", completion: .volumes)
    var names: [String]

    private struct Row: Encodable {
        var bytes: Int64?
        var isInUse: Bool
        var name: String
        var path: String
    }

    mutating func run() throws {
        let rows = try reportingFailure {
            let volumes = try VolumeCommand.volumes()
            return try names.map { name in
                let volume = try volumes.volume(name)
                return Row(
                    bytes: try volumes.bytes(of: volume), isInUse: volume.isInUse, name: name, path: volume.path)
            }
        }
        print(try JSONOutput.document(rows))
    }
}
