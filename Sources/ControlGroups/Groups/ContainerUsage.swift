import Glibc
import LinuxKernel

/// What a container has used of the machine, in one look.
public struct ContainerUsage: Hashable, Sendable {
    /// Seconds of processor time, of processes that have ended too where a control group counts it.
    public var processorTime = 0.0
    /// Bytes of memory that can't be had back easily: without cached files that are not in use.
    public var memory: Int64 = 0
    /// Bytes; `nil`: no limit.
    public var memoryLimit: Int64?
    /// Processes and their threads.
    public var threads = 0
    /// Bytes that were read from disks.
    public var diskRead: Int64 = 0
    /// Bytes that were written to disks.
    public var diskWritten: Int64 = 0
}

/// The control groups of a container of another process's environment, for looking only.
public struct ContainerGroups: Sendable {
    private let unified: Directory?
    private let legacy: [Controller: Directory]

    /// Finds them.
    ///
    /// - Parameter environment: As ``EnvironmentGroup/id``.
    /// - Returns: `nil` where the container has none: it does not run, or the host gives none.
    public init?(
        _ container: String, of environment: String, in hierarchies: Hierarchies
    ) throws(ControlGroupError) {
        func find(_ hierarchy: Hierarchy?) throws(ControlGroupError) -> Directory? {
            for base in hierarchy?.bases ?? [] {
                do throws(SystemCallError) {
                    return try Directory("\(base)/\(EnvironmentGroup.top)/\(environment)/\(container)")
                } catch {
                    if error.errno != ENOENT { throw ControlGroupError.system(error) }
                }
            }
            return nil
        }
        unified = try find(hierarchies.unified)
        var legacy: [Controller: Directory] = [:]
        for (controller, hierarchy) in hierarchies.legacy { legacy[controller] = try find(hierarchy) }
        self.legacy = legacy
        if unified == nil, legacy.isEmpty { return nil }
    }

    /// All processes of the container, in groups of its own making too; without those outside of the caller's PID
    /// namespace.
    public func processes() throws(ControlGroupError) -> [pid_t] {
        try system { () throws(SystemCallError) in
            let directory = unified ?? legacy[.freezer] ?? legacy[.pids] ?? legacy[.memory] ?? legacy.values.first
            guard let directory else { return [] }
            return try Self.members(of: directory, depth: 0).filter { $0 > 0 }.sorted()
        }
    }

    private static func members(of directory: Directory, depth: Int) throws(SystemCallError) -> [pid_t] {
        // Bounded: the container makes its groups as it likes.
        guard depth < 64 else { return [] }
        do throws(SystemCallError) {
            var members = try directory.members()
            for name in try directory.children() {
                members += try self.members(of: Directory(name, in: directory), depth: depth + 1)
            }
            return members
        } catch {
            // It has gone meanwhile; or it is a threaded one, whose processes are named above it.
            guard [ENOENT, ENODEV, EOPNOTSUPP].contains(error.errno) else { throw error }
            return []
        }
    }

    /// What the container has used; what no group counts is put together from its processes.
    public func usage(of processes: [pid_t]) throws(ControlGroupError) -> ContainerUsage {
        try system { () throws(SystemCallError) in
            var usage = ContainerUsage()
            let statuses = try Self.each(processes) { pid throws(SystemCallError) in try ProcessStatus.read(pid) }
            usage.threads = statuses.reduce(0) { $0 + $1.threads }
            usage.processorTime = try processorTime() ?? statuses.reduce(0) { $0 + $1.processorTime }
            if let (memory, limit) = try memory() {
                (usage.memory, usage.memoryLimit) = (memory, limit)
            } else {
                usage.memory = try Self.each(processes) { pid throws(SystemCallError) in
                    try ProcessStatus.proportionalSize(pid)
                }.reduce(0, +)
            }
            if let (read, written) = try diskBytes() {
                (usage.diskRead, usage.diskWritten) = (read, written)
            } else {
                let bytes = try Self.each(processes) { pid throws(SystemCallError) in
                    try ProcessStatus.diskBytes(pid)
                }
                usage.diskRead = bytes.reduce(0) { $0 + $1.read }
                usage.diskWritten = bytes.reduce(0) { $0 + $1.written }
            }
            return usage
        }
    }

    private static func each<Value>(
        _ processes: [pid_t], _ body: (pid_t) throws(SystemCallError) -> Value?
    ) throws(SystemCallError) -> [Value] {
        var values: [Value] = []
        for pid in processes { if let value = try body(pid) { values.append(value) } }
        return values
    }

    // MARK: What groups count

    private func processorTime() throws(SystemCallError) -> Double? {
        if let text = try Self.text("cpuacct.usage", in: legacy[.cpuacct]), let time = Self.number(text) {
            return Double(time) / 1e9
        }
        guard let text = try Self.text("cpu.stat", in: unified) else { return nil }
        return Self.value("usage_usec", in: text).map { Double($0) / 1e6 }
    }

    private func memory() throws(SystemCallError) -> (used: Int64, limit: Int64?)? {
        // No limit is a number of pages as large as can be (version 1), or `max`.
        func limit(_ text: String?) -> Int64? { text.flatMap(Self.number).flatMap { $0 >= 1 << 60 ? nil : $0 } }
        for (directory, names, inactive) in [
            (legacy[.memory], ("memory.usage_in_bytes", "memory.limit_in_bytes"), "total_inactive_file"),
            (unified, ("memory.current", "memory.max"), "inactive_file"),
        ] {
            guard let used = try Self.text(names.0, in: directory).flatMap(Self.number) else { continue }
            let cached = try Self.text("memory.stat", in: directory).flatMap { Self.value(inactive, in: $0) } ?? 0
            return (max(used - cached, 0), limit(try Self.text(names.1, in: directory)))
        }
        return nil
    }

    private func diskBytes() throws(SystemCallError) -> (read: Int64, written: Int64)? {
        var total: (read: Int64, written: Int64) = (0, 0)
        if let text = try Self.text("io.stat", in: unified) {
            for word in text.split(whereSeparator: \.isWhitespace) {
                let parts = word.split(separator: "=")
                guard parts.count == 2, let bytes = Int64(parts[1]) else { continue }
                if parts[0] == "rbytes" { total.read += bytes }
                if parts[0] == "wbytes" { total.written += bytes }
            }
            return total
        }
        let name = "blkio.throttle.io_service_bytes_recursive"
        guard let text = try Self.text(name, in: legacy[.blkio]) else { return nil }
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count == 3, let bytes = Int64(fields[2]) else { continue }
            if fields[1] == "Read" { total.read += bytes }
            if fields[1] == "Write" { total.written += bytes }
        }
        return total
    }

    /// `nil` where there is no such file: without its controller, or in an older kernel.
    private static func text(_ name: String, in directory: Directory?) throws(SystemCallError) -> String? {
        do throws(SystemCallError) {
            return try directory?.read(name)
        } catch {
            guard [ENOENT, ENODEV, EOPNOTSUPP].contains(error.errno) else { throw error }
            return nil
        }
    }

    private static func number(_ text: String) -> Int64? { text.split(separator: "\n").first.flatMap { Int64($0) } }

    private static func value(_ key: String, in text: String) -> Int64? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 2, fields[0] == key { return Int64(fields[1]) }
        }
        return nil
    }
}
