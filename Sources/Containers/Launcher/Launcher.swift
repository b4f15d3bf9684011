import CLinux
import Glibc
import LinuxKernel

/// The single-threaded process that makes containers: PID 1 of the sandbox's own namespaces.
///
/// It serves one socket. When that ends, because the orchestrator has closed it or died, the launcher ends too, and the
/// kernel kills everything in its PID namespace and takes apart every mount and interface. It never starts a thread, so
/// that a copy of it may run any code until execve(2).
public final class Launcher {
    /// The name by which the harness executable, started as its first argument, knows that it is to be the launcher.
    public static let argument = "harness-launcher"
    /// The descriptor on which it finds its socket.
    public static let socket: CInt = 3

    private let channel: Channel
    private let childSignals: OwnedDescriptor
    private let preparation: Result<Preparation, any Error>
    private var workshop: Workshop?
    private var table = ProcessTable()

    /// Serves the socket until its end; never returns.
    public static func main() -> Never {
        do {
            try Launcher().serve()
            _exit(0)
        } catch {
            // There is nobody to tell but whoever reads the standard error.
            writeToStandardError("harness launcher: \(error)\n")
            _exit(125)
        }
    }

    private static func writeToStandardError(_ text: String) {
        var text = text
        text.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
    }

    private init() throws {
        try dieWithParent(expecting: 0)
        try checked("close_range") { clinux_close_range(UInt32(Self.socket) + 1, UInt32.max, 0) }
        // Ignored by the harness, and inherited by whatever is started here.
        signal(SIGPIPE, SIG_DFL)
        // A container could look into a process that runs with its user's identity but the host's memory.
        try checked("prctl") { clinux_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) }
        channel = Channel(adopting: Self.socket)
        let socket = Self.socket
        try checked("fcntl") { clinux_fcntl(socket, F_SETFD, Int(FD_CLOEXEC)) }
        // A terminal's Ctrl-C reaches the whole process group; what it means is the orchestrator's to decide.
        var all = sigset_t()
        sigfillset(&all)
        sigprocmask(SIG_SETMASK, &all, nil)
        var children = sigset_t()
        sigemptyset(&children)
        sigaddset(&children, SIGCHLD)
        childSignals = OwnedDescriptor(
            adopting: try checked("signalfd") { signalfd(-1, &children, CInt(SFD_CLOEXEC | SFD_NONBLOCK)) })
        // What it lacks is told when somebody asks for it.
        preparation = Result { try Preparation() }
    }

    private func serve() throws {
        while true {
            var watched = [
                pollfd(fd: channel.socket.descriptor.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: childSignals.rawValue, events: Int16(POLLIN), revents: 0),
            ]
            let starting = table.starting
            watched += starting.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let egress = workshop?.egress
            watched.append(pollfd(fd: egress?.descriptor ?? -1, events: Int16(POLLIN), revents: 0))
            try checked("poll") { poll(&watched, UInt(watched.count), -1) }
            // Reports before exits: a program that could not be started says why, then ends.
            for entry in watched.dropFirst(2).dropLast() where entry.revents != 0 { try readReport(entry.fd) }
            if watched[1].revents != 0 { try collectChildren() }
            if watched.last?.revents != 0, let notice = egress?.advance() { try answer(0, .notice(notice)) }
            if watched[0].revents != 0, try !handleMessage() { return }
        }
    }

    private func handleMessage() throws -> Bool {
        guard let (envelope, descriptors) = try channel.receive(Request.self) else { return false }
        defer { for descriptor in descriptors { close(descriptor) } }
        do {
            if let reply = try handle(envelope, descriptors) { try answer(envelope.number, reply) }
        } catch {
            try answer(envelope.number, .failed(SetupFailure(error)))
        }
        return true
    }

    private func answer(_ number: UInt32, _ reply: Reply, descriptors: [CInt] = []) throws(SystemCallError) {
        try channel.send(Envelope(number: number, body: reply), descriptors: descriptors)
    }

    /// Does what is asked; `nil` where the answer comes later.
    private func handle(_ envelope: Envelope<Request>, _ descriptors: [CInt]) throws -> Reply? {
        switch envelope.body {
        case .open(let configuration):
            let opened = try Workshop(configuration, preparation.get())
            workshop = opened
            try answer(envelope.number, .done)
            // While the orchestrator makes up the first question.
            try opened.warmUp()
            return nil
        case .start(let container):
            let child = try openWorkshop().makeContainer(
                container, descriptors, owners: try owners(of: container))
            table.add(child, request: envelope.number)
            return nil
        case .execute(let container, let process):
            let child = try openWorkshop().join(try table.container(container), process, descriptors)
            table.add(child, request: envelope.number)
            return nil
        case .runOnHost(let process, let hosts, let resolver, let needsNameServer):
            let child = try openWorkshop().runOnHost(
                HostProcess(process: process, hosts: hosts, resolverConfiguration: resolver), descriptors,
                needsNameServer: needsNameServer)
            table.add(child, request: envelope.number)
            return nil
        case .signal(let process, let number):
            try table.signal(process, number)
            return .done
        case .kill(let container):
            // The first process takes all others of its PID namespace with it, if that is its own.
            let process = try table.container(container)
            try table.signal(process.identifier, SIGKILL)
            try process.killOthers()
            return .done
        case .sockets(let type, let count):
            try sendSockets(envelope.number, type: type, count: Int(count))
            return nil
        case .exists(let container, let path):
            return .exists(try table.container(container).exists(path, in: try openWorkshop().scratch))
        case .remove(let container, let volumes):
            try openWorkshop().remove(container: container, volumes: volumes)
            return .done
        case .notices(let container, let signal):
            return .exists(try table.container(container).notices(signal, in: try openWorkshop().scratch))
        case .freeze(let container, let isFrozen):
            try table.container(container).freeze(isFrozen)
            return .done
        case .moveNames(let moves, let excepted):
            let scratch = try openWorkshop().scratch
            for name in table.containerNames where !excepted.contains(name) {
                try HostsFile.move(scratch.hosts(name), moves)
            }
            return .done
        case .root(let container):
            let root = try table.container(container).root(in: try openWorkshop().scratch)
            try answer(envelope.number, .opened, descriptors: [root.rawValue])
            return nil
        }
    }

    /// Where a container's namespaces come from that are not its own.
    private func owners(of container: ContainerSpecification) throws(SetupFailure) -> NamespaceOwners {
        var owners = NamespaceOwners()
        let isolation = container.isolation
        if case .container(let name) = isolation.processes { owners.processes = try table.container(name) }
        if case .container(let name) = isolation.ipc { owners.ipc = try table.container(name) }
        switch container.network.mode {
        case .own: break
        case .container(let name):
            let owner = try table.container(name)
            owners.network = NetworkOwner(descriptor: owner.descriptor, isHost: owner.isInHostNetwork)
        case .host: owners.network = NetworkOwner(descriptor: try openWorkshop().hostNetwork, isHost: true)
        }
        return owners
    }

    private func openWorkshop() throws(SetupFailure) -> Workshop {
        guard let workshop else { throw SetupFailure(.systemCall, call: "open", subject: "sandbox", errno: ENOTCONN) }
        return workshop
    }

    private func sendSockets(_ number: UInt32, type: CInt, count: Int) throws {
        var sockets: [CInt] = []
        defer { for socket in sockets { close(socket) } }
        let flags = type | CInt(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        for _ in 0..<min(max(count, 1), 16) {
            sockets.append(try checked("socket") { Glibc.socket(AF_INET, flags, 0) })
        }
        try answer(number, .sockets, descriptors: sockets)
    }

    /// Takes what a starting process tells; the end of its pipe means that its program runs.
    private func readReport(_ pipe: CInt) throws {
        switch try table.readReport(pipe) {
        case .pending: return
        case .started(let request, let process, let warnings):
            try answer(
                request, .started(process: process.identifier, warnings: warnings), descriptors: process.nameServer)
            process.closeNameServer()
        case .failed(let request, let failure):
            try answer(request, .failed(failure))
        }
    }

    private func collectChildren() throws {
        var ignored = [UInt8](repeating: 0, count: 128)
        _ = read(childSignals.rawValue, &ignored, ignored.count)
        while let (pid, exit) = try ProcessExit.collectAny() {
            // Its last words first: whoever waits for the start must hear of it before the end.
            if let pipe = table.reportPipe(of: pid) { try readReport(pipe) }
            guard let ended = table.remove(pid) else { continue }
            try ended.killOthers()
            guard ended.hasStarted else { continue }
            try answer(
                0,
                .exited(process: ended.identifier, status: exit.waitStatus, oomKilled: ended.wasKilledForMemory()))
        }
    }
}
