import ArgumentParser
import ControlGroups
import Glibc
import LinuxKernel
import LocalStacks

/// `harness stats`
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what containers use of the machine, every second until Ctrl-C.",
        discussion: """
            100 % CPU is one processor. Memory is what a container's control group counts without unused cache, or, \
            where it has none for memory, what its processes have, shared parts divided. With --format json, one object \
            for a container and second.
            """)

    @OptionGroup var options: EnvironmentOptions

    @Argument(help: "Only these services.", completion: .services)
    var services: [String] = []

    @Flag(name: [.short, .long], help: "Also containers that do not run.")
    var all = false

    @Flag(help: "Once, and not again and again.")
    var noStream = false

    @Option(help: "table or json.")
    var format = OutputFormat.table

    mutating func run() throws {
        let command = self
        try reportingFailure { try command.show() }
    }

    private func show() throws {
        let target = try StackTarget.find(options)
        var sampler = UsageSampler(finder: try ContainerProcesses(target))
        let redraws = format == .table && !noStream && isatty(STDOUT_FILENO) == 1
        if redraws { try StandardOutput.write(Self.home + Self.clearBelow) }
        _ = try sampler.sample(try target.records(services))
        poll(nil, 0, UsageSampler.firstInterval)
        while true {
            let records = try target.records(services)
            let entries = try sampler.sample(records).filter { all || $0.isRunning }
            try StandardOutput.write(redraws ? picture(entries) : text(entries))
            if noStream { return }
            poll(nil, 0, UsageSampler.interval)
        }
    }

    private static let home = "\u{1b}[H"
    private static let clearLine = "\u{1b}[K"
    private static let clearBelow = "\u{1b}[J"

    /// The whole terminal: written over what it shows, so that nothing flickers.
    private func picture(_ entries: [UsageSampler.Entry]) -> String {
        let size = TerminalSize.of(STDOUT_FILENO)
        var lines = table(entries).lines(columns: size?.columns)
        if let rows = size?.rows, lines.count >= rows, rows > 2 {
            let left = lines.count - (rows - 2)
            lines = lines.prefix(rows - 2) + ["… and \(left) more"]
        }
        return Self.home + lines.map { $0 + Self.clearLine + "\n" }.joined() + Self.clearBelow
    }

    private func text(_ entries: [UsageSampler.Entry]) throws -> String {
        switch format {
        case .json: try entries.map { try JSONOutput.line($0) + "\n" }.joined()
        case .table: table(entries).text + "\n"
        }
    }

    private func table(_ entries: [UsageSampler.Entry]) -> Table {
        var table = Table(
            ["NAME", "CPU %", "MEMORY", "LIMIT", "MEM %", "NET I/O", "DISK I/O", "PIDS"], cut: [0], leftOut: [3, 4, 6])
        for entry in entries {
            guard entry.isRunning else {
                table.add([entry.container, "-", "-", "-", "-", "-", "-", "-"])
                continue
            }
            table.add([
                entry.container, percent(entry.processorPercent), humanReadable(bytes: entry.memoryBytes),
                humanReadable(bytes: entry.memoryLimitBytes), percent(entry.memoryPercent),
                pair(entry.networkReceivedBytes, entry.networkSentBytes),
                pair(entry.diskReadBytes, entry.diskWrittenBytes), "\(entry.pids)",
            ])
        }
        return table
    }

    private func pair(_ first: Int64, _ second: Int64) -> String {
        "\(humanReadable(bytes: first)) / \(humanReadable(bytes: second))"
    }

    private func percent(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

/// Looks at containers' use of the machine, and from one look to the next.
struct UsageSampler {
    /// Milliseconds between looks.
    static let interval: CInt = 1000
    /// Milliseconds between the first look, of which nothing is shown, and the second.
    static let firstInterval: CInt = 250

    /// One container at one moment.
    struct Entry: Encodable {
        var service: String
        var container: String
        var isRunning: Bool
        /// Of one processor, since the look before.
        var processorPercent = 0.0
        var processorSeconds = 0.0
        var memoryBytes: Int64 = 0
        /// The machine's memory where the container has no limit.
        var memoryLimitBytes: Int64 = 0
        var memoryPercent = 0.0
        var networkReceivedBytes: Int64 = 0
        var networkSentBytes: Int64 = 0
        var diskReadBytes: Int64 = 0
        var diskWrittenBytes: Int64 = 0
        /// Processes and threads.
        var pids = 0
    }

    let finder: ContainerProcesses
    /// By container.
    private var earlier: [String: (time: ContinuousClock.Instant, processorTime: Double)] = [:]
    private let machineMemory = Int64(sysconf(CInt(_SC_PHYS_PAGES))) * Int64(sysconf(CInt(_SC_PAGESIZE)))

    init(finder: ContainerProcesses) { self.finder = finder }

    mutating func sample(_ records: [ServiceRecord]) throws -> [Entry] {
        var entries: [Entry] = []
        for record in records { entries.append(try sample(record)) }
        return entries
    }

    private mutating func sample(_ record: ServiceRecord) throws -> Entry {
        var entry = Entry(service: record.service, container: record.container, isRunning: false)
        guard let groups = try finder.groups(of: record) else { return entry }
        let processes = try groups.processes()
        let usage = try groups.usage(of: processes)
        let now = ContinuousClock.now
        entry.isRunning = true
        entry.processorSeconds = usage.processorTime
        if let before = earlier[record.container], usage.processorTime >= before.processorTime {
            let passed = (now - before.time) / .seconds(1)
            entry.processorPercent = 100 * (usage.processorTime - before.processorTime) / max(passed, 0.001)
        }
        earlier[record.container] = (now, usage.processorTime)
        entry.memoryBytes = usage.memory
        entry.memoryLimitBytes = usage.memoryLimit ?? machineMemory
        entry.memoryPercent = 100 * Double(usage.memory) / Double(max(entry.memoryLimitBytes, 1))
        entry.pids = usage.threads
        entry.diskReadBytes = usage.diskRead
        entry.diskWrittenBytes = usage.diskWritten
        for pid in processes {
            guard let (received, sent) = try ProcessStatus.networkBytes(pid) else { continue }
            (entry.networkReceivedBytes, entry.networkSentBytes) = (received, sent)
            break
        }
        return entry
    }
}
