import ArgumentParser
import ControlGroups
import LinuxKernel
import LocalStacks

/// `harness top`
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "List the processes of containers.",
        discussion: "PID is the number inside of the container, HOST the one on the host.")

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "Only these services.", completion: .services)
    var services: [String] = []

    @Option(help: "table or json: one object a line.")
    var format = OutputFormat.table

    /// One process as it is listed.
    private struct Entry: Encodable {
        var service: String
        var container: String
        var pid: Int32
        var hostPID: Int32
        var parentHostPID: Int32
        var user: UInt32
        var state: String
        var threads: Int
        var processorSeconds: Double
        var residentBytes: Int64
        var startedAt: Double
        var command: [String]
    }

    mutating func run() throws {
        let command = self
        try reportingFailure { try command.list() }
    }

    private func list() throws {
        let target = try StackTarget.find(options)
        let finder = try ContainerProcesses(target)
        let boot = WallClock.now() - (try ProcessStatus.uptime())
        let entries = try target.records(services).flatMap { record in
            try finder.groups(of: record)?.processes().compactMap { pid in
                try ProcessStatus.read(pid).map { Self.entry($0, record, boot: boot) }
            } ?? []
        }
        switch format {
        case .json: for entry in entries { print(try JSONOutput.line(entry)) }
        case .table:
            var table = Table(["NAME", "PID", "HOST", "USER", "STATE", "TIME", "MEMORY", "COMMAND"], cut: [7, 0])
            for entry in entries {
                table.add([
                    entry.container, "\(entry.pid)", "\(entry.hostPID)", "\(entry.user)", entry.state,
                    Duration.seconds(entry.processorSeconds).short, humanReadable(bytes: entry.residentBytes),
                    PrintableCommand.text(entry.command),
                ])
            }
            print(table.text)
        }
    }

    private static func entry(_ status: ProcessStatus, _ record: ServiceRecord, boot: Double) -> Entry {
        Entry(
            service: record.service, container: record.container, pid: status.innerPID, hostPID: status.pid,
            parentHostPID: status.parent, user: status.user, state: status.state, threads: status.threads,
            processorSeconds: status.processorTime, residentBytes: status.residentSize,
            startedAt: ((boot + status.startedAfterBoot) * 100).rounded() / 100, command: status.command)
    }
}

/// A command line as a person reads it.
enum PrintableCommand {
    /// Words with spaces between them; what would move the cursor, which a process can put there, as `?`.
    static func text(_ command: [String]) -> String {
        String(
            String.UnicodeScalarView(
                command.joined(separator: " ").unicodeScalars.map { scalar in
                    scalar.properties.generalCategory == .control ? "?" : scalar
                }))
    }
}
