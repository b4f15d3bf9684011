import ArgumentParser
import Glibc
import LocalStacks
import Orchestration

/// `harness ps`
struct PsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "List the containers of an environment, those that have ended too.")

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "Only these services.", completion: .services)
    var services: [String] = []

    @Option(help: "table or json: one object a line.")
    var format = OutputFormat.table

    @Option(help: "Only those in this state; repeatable.")
    var status: [ServiceStatus.State] = []

    @Flag(name: [.short, .long], help: "Only the containers' names.")
    var quiet = false

    mutating func run() throws {
        let command = self
        try reportingFailure { try command.list() }
    }

    private func list() throws {
        let target = try StackTarget.find(options)
        var records: [ServiceRecord] = []
        _ = try ask(target, .status) { reply in
            if case .service(let record) = reply, isWanted(record) { records.append(record) }
        }
        if quiet { return try StandardOutput.write(records.map { $0.container + "\n" }.joined()) }
        switch format {
        case .json: for record in records { print(try JSONOutput.line(record)) }
        case .table:
            var table = Table(["NAME", "IMAGE", "STATUS", "PORTS"], cut: [1])
            let now = WallClock.now()
            for record in records {
                table.add([record.container, record.image, record.statusText(now: now), record.portsText])
            }
            print(table.text)
        }
    }

    private func isWanted(_ record: ServiceRecord) -> Bool {
        (services.isEmpty || services.contains(record.service) || services.contains(record.container))
            && (status.isEmpty || status.contains { $0.rawValue == record.state })
    }
}

extension ServiceStatus.State: ExpressibleByArgument {}

extension ServiceRecord {
    /// `running 3 min (healthy)`, `exited 1, 2 s ago`, `waiting: waits for db`.
    func statusText(now: Double) -> String {
        var text = state
        switch state {
        case "running", "paused", "stopping":
            if let startedAt { text += " " + Self.age(now - startedAt) }
            if let health { text += " (\(health))" }
        case "exited", "restarting":
            if let exitCode { text += " \(exitCode)" }
            if let endedAt { text += ", \(Self.age(now - endedAt)) ago" }
        default: if let reason { text += ": \(reason)" }
        }
        if let beside { text += ", beside \(beside)" }
        return text
    }

    /// `127.0.0.1:8080->80/tcp`
    var portsText: String {
        ports.map { "\($0.address):\($0.published)->\($0.target)/\($0.transport)" }.joined(separator: ", ")
    }

    private static func age(_ seconds: Double) -> String {
        let whole = Int(max(seconds, 0))
        return switch whole {
        case ..<60: "\(whole) s"
        case ..<3600: "\(whole / 60) min"
        case ..<86_400: "\(whole / 3600) h"
        default: "\(whole / 86_400) d"
        }
    }
}
