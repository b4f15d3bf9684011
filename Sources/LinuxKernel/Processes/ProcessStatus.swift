import Glibc

/// What /proc tells of a process (proc(5)), in one look.
public struct ProcessStatus: Hashable, Sendable {
    /// In the caller's PID namespace.
    public var pid: pid_t
    /// In the innermost PID namespace that it is in.
    public var innerPID: pid_t
    /// In the caller's PID namespace; 0: outside of it.
    public var parent: pid_t
    /// The effective user.
    public var user: uid_t
    /// As ps(1) abbreviates it: `R`, `S`, `D`, `T`, `Z`, ….
    public var state: String
    /// Processor time in user and kernel mode, seconds.
    public var processorTime: Double
    /// Seconds after the start of the machine at which it was started.
    public var startedAfterBoot: Double
    /// Bytes of memory that are present.
    public var residentSize: Int64
    /// How many threads it has, at least 1.
    public var threads: Int
    /// The program and its arguments; the name in brackets where it has none, as kernel threads and zombies.
    public var command: [String]

    private static let limit = 1 << 20

    /// Looks at a process.
    ///
    /// - Returns: `nil` where it has gone.
    public static func read(_ pid: pid_t) throws(SystemCallError) -> ProcessStatus? {
        guard let stat = try text("\(pid)/stat"), let status = try text("\(pid)/status"),
            let command = try text("\(pid)/cmdline")
        else { return nil }
        return ProcessStatus(pid, stat: stat, status: status, command: command)
    }

    init?(_ pid: pid_t, stat: String, status: String, command: String) {
        // The name may have spaces and brackets itself.
        guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard fields.count >= 22, let parent = pid_t(fields[1]), let user = Double(fields[11]),
            let system = Double(fields[12]), let threads = Int(fields[17]), let start = Double(fields[19]),
            let pages = Int64(fields[21])
        else { return nil }
        let ticks = Double(sysconf(CInt(_SC_CLK_TCK)))
        self.pid = pid
        self.parent = parent
        state = String(fields[0])
        processorTime = (user + system) / ticks
        startedAfterBoot = start / ticks
        residentSize = pages * Int64(sysconf(CInt(_SC_PAGESIZE)))
        self.threads = threads
        innerPID = Self.last(of: "NSpid:", in: status).flatMap { pid_t($0) } ?? pid
        let identities = Self.fields(of: "Uid:", in: status)
        self.user = identities.count > 1 ? uid_t(identities[1]) ?? 0 : 0
        let words = command.split(separator: "\0", omittingEmptySubsequences: false).dropLast().map(String.init)
        self.command = words.isEmpty ? ["[\(stat[stat.index(after: open)..<close])]"] : words
    }

    private static func fields(of key: String, in status: String) -> [Substring] {
        status.split(separator: "\n").first { $0.hasPrefix(key) }?.dropFirst(key.count)
            .split(whereSeparator: \.isWhitespace) ?? []
    }

    private static func last(of key: String, in status: String) -> Substring? { fields(of: key, in: status).last }

    /// A file below /proc; `nil` where its process has gone, or is not the caller's to look into.
    static func text(_ path: String) throws(SystemCallError) -> String? {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor.open("/proc/\(path)", O_RDONLY)
            return String(decoding: try readAll(file.rawValue, limit: limit), as: UTF8.self)
        } catch {
            // A user is not told everything of what runs with another of his ids.
            guard [ENOENT, ESRCH, EACCES, EPERM].contains(error.errno) else { throw error }
            return nil
        }
    }

    /// Seconds since the start of the machine.
    public static func uptime() throws(SystemCallError) -> Double {
        try text("uptime")?.split(separator: " ").first.flatMap { Double($0) } ?? 0
    }

    /// Bytes of memory that are present, what processes share counted in parts (`Pss`); `nil` where it has gone.
    public static func proportionalSize(_ pid: pid_t) throws(SystemCallError) -> Int64? {
        guard let text = try text("\(pid)/smaps_rollup") else { return nil }
        // Of a kernel thread or a zombie it is empty.
        return (fields(of: "Pss:", in: text).first.flatMap { Int64($0) } ?? 0) << 10
    }

    /// Bytes that have been read from disks and written to them; `nil` where it has gone.
    public static func diskBytes(_ pid: pid_t) throws(SystemCallError) -> (read: Int64, written: Int64)? {
        guard let text = try text("\(pid)/io") else { return nil }
        func value(_ key: String) -> Int64 { fields(of: key, in: text).first.flatMap { Int64($0) } ?? 0 }
        return (value("read_bytes:"), value("write_bytes:"))
    }

    /// Bytes that have come and gone over the interfaces of a process's network namespace, but for the loopback.
    ///
    /// - Returns: `nil` where it has gone.
    public static func networkBytes(_ pid: pid_t) throws(SystemCallError) -> (received: Int64, sent: Int64)? {
        guard let text = try text("\(pid)/net/dev") else { return nil }
        var total: (received: Int64, sent: Int64) = (0, 0)
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) != "lo" else { continue }
            let numbers = parts[1].split(separator: " ").map { Int64($0) ?? 0 }
            guard numbers.count >= 9 else { continue }
            total.received += numbers[0]
            total.sent += numbers[8]
        }
        return total
    }
}
