import ArgumentParser
import EmbeddedEngine
import Glibc
import LocalStacks

/// `harness ls`
struct LsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List all environments of this user that are up.")

    @Option(help: "table or json: one object a line.")
    var format = OutputFormat.table

    @Flag(name: [.short, .long], help: "Only the environments' names.")
    var quiet = false

    /// One environment as it is listed.
    private struct Entry: Encodable {
        var name: String
        var status: String
        var running: Int
        var containers: Int
        var directory: String
        var monitor: Int32
        var startedAt: Double?
    }

    mutating func run() throws {
        let command = self
        try reportingFailure { try command.list() }
    }

    private func list() throws {
        let places = try Places.current()
        let records = EnvironmentRecords(root: places.environments)
        let entries = try StackTarget.runtimeNames(places).compactMap { try entry($0, places, records) }
        if quiet { return try StandardOutput.write(entries.map { $0.name + "\n" }.joined()) }
        switch format {
        case .json: for entry in entries { print(try JSONOutput.line(entry)) }
        case .table:
            var table = Table(["NAME", "STATUS", "FOLDER"])
            for entry in entries { table.add([entry.name, entry.status, entry.directory]) }
            print(table.text)
        }
    }

    /// `nil` for what is no environment that stays up, or goes down just now.
    private func entry(_ identifier: String, _ places: Places, _ records: EnvironmentRecords) throws -> Entry? {
        let target = StackTarget(identifier, places, records)
        var states: [String] = []
        let monitor: Int32
        do {
            let client = try ControlClient(directory: target.directory)
            monitor = client.monitor
            _ = try client.perform(.status, release: VersionCommand.version) { reply in
                if case .service(let record) = reply { states.append(record.state) }
            }
        } catch is ControlClient.Failure {
            return nil
        } catch is ControlFailure {
            return nil
        }
        let record = try records.read(identifier)
        let counts = Dictionary(states.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
        return Entry(
            name: record?.name ?? target.name,
            status: counts.map { "\($0.key)(\($0.value))" }.joined(separator: ", "),
            running: states.count { $0 == "running" }, containers: states.count,
            directory: record?.directory ?? "", monitor: monitor, startedAt: record?.startedAt)
    }
}
