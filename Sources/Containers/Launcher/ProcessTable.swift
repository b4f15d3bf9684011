import CLinux
import ControlGroups
import Glibc
import LinuxKernel

/// A process that the launcher made.
final class LaunchedProcess {
    /// Its number on the wire.
    var identifier: UInt32 = 0
    let pid: pid_t
    let descriptor: CInt
    /// The container whose first process it is, without its files.
    let container: ContainerSpecification?
    let group: Group?
    /// Its network is that of whoever has started the harness.
    let isInHostNetwork: Bool
    /// That of the container which it joined.
    private let joined: Group?
    /// How many processes the kernel had killed for memory when it was made.
    private let earlierKills: Int
    /// Where it tells how far it has come; closed once its program runs.
    fileprivate(set) var report: CInt?
    fileprivate(set) var request: UInt32 = 0
    fileprivate var reported: [UInt8] = []
    fileprivate(set) var hasStarted = false
    /// The sockets of its name server, until they have been sent away.
    var nameServer: [CInt] = []
    /// Why the launcher itself has given it up.
    var refusal: SetupFailure?

    init(
        pid: pid_t, descriptor: consuming OwnedDescriptor, report: consuming OwnedDescriptor,
        container: ContainerSpecification? = nil, group: Group? = nil, joined: Group? = nil,
        isInHostNetwork: Bool = false
    ) {
        self.isInHostNetwork = isInHostNetwork
        self.joined = joined
        earlierKills = Self.kills(in: group ?? joined)
        self.pid = pid
        self.descriptor = descriptor.release()
        self.report = report.release()
        self.container = container?.withoutFiles
        self.group = group
    }

    deinit {
        close(descriptor)
        if let report { close(report) }
        closeNameServer()
    }

    /// Closes the launcher's own copies of the sockets.
    func closeNameServer() {
        for socket in nameServer { close(socket) }
        nameServer = []
    }

    /// The root directory that the process sees, for looking only (`O_PATH`).
    func root(in scratch: ScratchSpace) throws(SystemCallError) -> OwnedDescriptor {
        try OwnedDescriptor.open("\(scratch.processes)/\(pid)/root", clinux_O_PATH | O_DIRECTORY)
    }

    /// Whether a path is there in the container's root, links resolved in it.
    func exists(_ path: String, in scratch: ScratchSpace) throws -> Bool {
        let root = try root(in: scratch)
        do {
            _ = try OwnedDescriptor.open(path, clinux_O_PATH, beneathRoot: root.rawValue)
            return true
        } catch {
            guard [ENOENT, ENOTDIR, ELOOP, EACCES].contains(error.errno) else { throw error }
            return false
        }
    }

    /// Stops all processes of the container where they are, or lets them go on.
    func freeze(_ isFrozen: Bool) throws { try group?.setFrozen(isFrozen) }

    /// Ends what is left of a container whose first process does not take it along: one in a PID namespace of others.
    func killOthers() throws {
        guard let container, container.isolation.processes != .own else { return }
        try group?.kill()
    }

    /// Whether the kernel has killed a process of the container because its memory limit was reached.
    func wasKilledForMemory() -> Bool { Self.kills(in: group ?? joined) > earlierKills }

    private static func kills(in group: Group?) -> Int {
        do {
            return try group?.outOfMemoryKills() ?? 0
        } catch {
            // This only adorns what is told of the process's end.
            return 0
        }
    }
}

/// All processes that the launcher made and has not collected yet.
struct ProcessTable {
    /// What a report has told.
    enum Progress {
        case pending
        case started(request: UInt32, LaunchedProcess, warnings: [String])
        case failed(request: UInt32, SetupFailure)
    }

    private var processes: [pid_t: LaunchedProcess] = [:]
    private var containers: [String: LaunchedProcess] = [:]
    private var byIdentifier: [UInt32: LaunchedProcess] = [:]
    /// Those that have not become their program yet, by the pipe of their report.
    private var reporting: [CInt: LaunchedProcess] = [:]
    private var lastIdentifier: UInt32 = 0

    /// The pipes of those that have not become their program yet.
    var starting: [CInt] { Array(reporting.keys) }

    func reportPipe(of pid: pid_t) -> CInt? { processes[pid]?.report }

    mutating func add(_ process: LaunchedProcess, request: UInt32) {
        lastIdentifier += 1
        process.identifier = lastIdentifier
        process.request = request
        processes[process.pid] = process
        byIdentifier[lastIdentifier] = process
        if let report = process.report { reporting[report] = process }
        if let container = process.container { containers[container.name] = process }
    }

    mutating func remove(_ pid: pid_t) -> LaunchedProcess? {
        guard let process = processes.removeValue(forKey: pid) else { return nil }
        byIdentifier[process.identifier] = nil
        if let report = process.report { reporting[report] = nil }
        if let name = process.container?.name, containers[name] === process { containers[name] = nil }
        return process
    }

    /// The containers that run, or are about to.
    var containerNames: [String] { Array(containers.keys) }

    func container(_ name: String) throws(SetupFailure) -> LaunchedProcess {
        guard let container = containers[name], container.hasStarted else {
            throw SetupFailure(.noSuchContainer, subject: name)
        }
        return container
    }

    /// No error for a process that has ended.
    func signal(_ identifier: UInt32, _ number: CInt) throws(SystemCallError) {
        if let process = byIdentifier[identifier] { try sendSignal(number, to: process.descriptor) }
    }

    /// Reads what there is on a report's pipe, without waiting.
    mutating func readReport(_ pipe: CInt) throws -> Progress {
        guard let process = reporting[pipe] else { return .pending }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            do {
                let count = try checked("read") { read(pipe, &buffer, buffer.count) }
                if count == 0 { break }
                process.reported += buffer[0..<count]
            } catch {
                if error.errno == EAGAIN { return .pending }
                throw error
            }
        }
        close(pipe)
        process.report = nil
        reporting[pipe] = nil
        return try conclude(process)
    }

    private func conclude(_ process: LaunchedProcess) throws -> Progress {
        var reader = WireReader(process.reported)
        var warnings: [String] = []
        while !reader.isAtEnd {
            switch try reader.read(SetupReport.self) {
            case .warning(let text): warnings.append(text)
            case .failure(let failure): return .failed(request: process.request, failure)
            }
        }
        if let refusal = process.refusal { return .failed(request: process.request, refusal) }
        process.hasStarted = true
        return .started(request: process.request, process, warnings: warnings)
    }
}

extension ContainerSpecification {
    /// Without what only its start needs: each further process that the launcher clones copies the tables of its memory.
    fileprivate var withoutFiles: ContainerSpecification {
        var result = self
        result.hosts = ""
        result.files = []
        result.process.environment = []
        result.process.filterProgram = []
        return result
    }
}
