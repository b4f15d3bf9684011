import Addresses
import Containers
import ControlGroups
import DNS
import EnvironmentFile
import Glibc
import LinuxKernel
import Orchestration
import Synchronization

/// The sandbox of one plan, in the terms of the orchestrator.
final class EmbeddedSandbox: Sandbox {
    private struct State {
        /// What stops the forwarders.
        var closers: [@Sendable () -> Void] = []
        /// The sandbox's own addresses that names are asked at.
        var nameServers: Set<IPv4Address> = []
        var isClosed = false
    }

    private let plan: Plan
    private let sandbox: ContainerSandbox
    private let directory: RuntimeDirectory
    private let diskScratch: String
    private let translator: PlanTranslator
    /// The directory that keeps compiled filters.
    private let filterCache: String
    private let loop: EventLoop
    private let reportWarning: @Sendable (String) -> Void
    /// Called at the close of a sandbox whose launcher has ended before.
    private let onLoss: @Sendable () -> Void
    private let nameServer: NameServer
    private let state = Mutex(State())

    init(
        plan: Plan, sandbox: ContainerSandbox, directory: RuntimeDirectory, diskScratch: String,
        translator: PlanTranslator, filterCache: String, loop: EventLoop,
        reportWarning: @escaping @Sendable (String) -> Void, onLoss: @escaping @Sendable () -> Void
    ) {
        self.plan = plan
        self.sandbox = sandbox
        self.directory = directory
        self.diskScratch = diskScratch
        self.translator = translator
        self.filterCache = filterCache
        self.loop = loop
        self.reportWarning = reportWarning
        self.onLoss = onLoss
        sandbox.onNotice(reportWarning)
        nameServer = NameServer(sandbox: sandbox, on: loop) { NameDirectory(plan, translator.resolver).contents }
    }

    func start(
        _ container: ContainerPlan, output: @escaping @Sendable (LogLine) -> Void
    ) async throws -> any RunningContainer {
        if container.isolation.hasTerminal { return try await startInTerminal(container, output: output) }
        let input = try StandardInput(staysOpen: container.isolation.keepsInputOpen)
        let standardOutput = try OwnedDescriptor.pipe()
        let standardError = try OwnedDescriptor.pipe()
        let streams = [input.reader.rawValue, standardOutput.writer.rawValue, standardError.writer.rawValue]
        let (process, filter) = try await boot(container, streams: streams)
        let readers = [
            try reader(standardOutput.takeReader(), .standardOutput, output),
            try reader(standardError.takeReader(), .standardError, output),
        ]
        return EmbeddedContainer(
            plan: container, process: process, sandbox: sandbox, readers: readers, input: input.takeWriter(),
            filter: filter, loop: loop)
    }

    /// A terminal has one output; it ends lines with a carriage return besides.
    private func startInTerminal(
        _ container: ContainerPlan, output: @escaping @Sendable (LogLine) -> Void
    ) async throws -> any RunningContainer {
        let (own, others) = try PacketSocket.pair()
        let socket = PacketSocket(adopting: OwnedDescriptor(adopting: own))
        let sent = OwnedDescriptor(adopting: others)
        let number = sent.rawValue
        let (process, filter) = try await boot(container, streams: [number, number, number])
        guard let leader = try socket.receive(waits: false)?.descriptors.first else {
            throw EngineError(.systemCall(name: "recvmsg", subject: "the terminal", errno: EBADF))
        }
        let terminal = OwnedDescriptor(adopting: leader)
        let lines = try reader(try terminal.duplicate(), .standardOutput) { line in
            var line = line
            if line.text.hasSuffix("\r") { line.text.removeLast() }
            output(line)
        }
        return EmbeddedContainer(
            plan: container, process: process, sandbox: sandbox, readers: [lines], input: SharedDescriptor(terminal),
            filter: filter, loop: loop)
    }

    func startAttached(_ container: ContainerPlan) async throws -> any RunningContainer {
        var attached = container
        // The caller's own terminal is the container's.
        attached.isolation.hasTerminal = false
        let (process, filter) = try await boot(attached, streams: [0, 1, 2])
        return EmbeddedContainer(
            plan: container, process: process, sandbox: sandbox, readers: [], input: nil, filter: filter, loop: loop)
    }

    private func boot(
        _ container: ContainerPlan, streams: [CInt]
    ) async throws -> (process: SandboxProcess, filter: [UInt8]) {
        try await EngineError.translating(container) {
            let filter = try await self.filter(of: container)
            let specification = try self.translator.specification(of: container, filter: filter)
            let process = try await self.sandbox.start(specification, streams: streams)
            try await self.serveNames(container, process)
            for warning in process.warnings { self.reportWarning("service '\(container.name)': \(warning)") }
            return (process, filter)
        }
    }

    /// The program of the container's own profile for system calls; empty where it has none.
    private func filter(of container: ContainerPlan) async throws -> [UInt8] {
        guard let profile = container.seccompProfile, !container.isPrivileged else { return [] }
        let (names, cache) = (container.capabilities, filterCache)
        // Compiling takes up to 100 ms, in which others go on.
        return try await loop.offload {
            try makeDirectories(cache, mode: 0o700)
            let policy = try SeccompProfile.read(profile.value)
            let capabilities = try CapabilitySet(names: names)
            do throws(SeccompError) {
                return try policy.program(for: capabilities, cachedIn: cache).program.bytes
            } catch {
                throw EngineError(.profileInvalid(path: profile.value, reason: error.description))
            }
        }
    }

    private func serveNames(_ container: ContainerPlan, _ process: SandboxProcess) async throws {
        try nameServer.serve(process, asker: .container(container.name))
        guard container.networking.servesNames, let server = translator.nameServer(of: container) else { return }
        let isNew = state.withLock { $0.nameServers.insert(server).inserted }
        guard isNew else { return }
        let containers = plan.containers
        try await nameServer.serve(
            on: server, in: sandbox,
            asker: .sender { address in
                containers.first { $0.networking.attachments.contains { .v4($0.address) == address } }?.name
            })
    }

    private func reader(
        _ pipe: consuming OwnedDescriptor, _ stream: LogLine.Stream, _ output: @escaping @Sendable (LogLine) -> Void
    ) throws(SystemCallError) -> LineReader {
        let descriptor = pipe.rawValue
        try setNonBlocking(descriptor)
        return try LineReader(pipe, on: loop) { output(LogLine(stream: stream, text: $0)) }
    }

    func publish(_ port: PortPlan) async throws -> UInt16 {
        guard let address = IPAddress(port.hostAddress) else {
            throw EngineError(
                .systemCall(name: "bind", subject: port.hostAddress, errno: EAFNOSUPPORT),
                remedy: "give an address, such as 127.0.0.1, 0.0.0.0 or [::1]")
        }
        for candidate in port.hostPorts.isEmpty ? [0] : port.hostPorts {
            do throws(SystemCallError) {
                return try listen(on: address, candidate, for: port)
            } catch {
                guard error.errno == EADDRINUSE else { throw EngineError(error) }
            }
        }
        let taken = port.hostPorts.last ?? 0
        throw EngineError(
            .portTaken(
                address: address.hostDescription, port: taken,
                holder: PortHolder.name(port: taken, table: port.transport.rawValue)),
            remedy: "stop what holds it, or leave the host's port out: any free one is taken then")
    }

    private func listen(
        on address: IPAddress, _ hostPort: UInt16, for port: PortPlan
    ) throws(SystemCallError) -> UInt16 {
        let target = PortForwarder.Target(address: port.address, port: port.containerPort)
        switch port.transport {
        case .tcp:
            let forwarder = try PortForwarder.open(
                hostAddress: address, port: hostPort, to: target, in: sandbox, on: loop)
            state.withLock { $0.closers.append(forwarder.close) }
            return forwarder.port
        case .udp:
            let forwarder = try DatagramForwarder.open(
                hostAddress: address, port: hostPort, to: target, in: sandbox, on: loop)
            state.withLock { $0.closers.append(forwarder.close) }
            return forwarder.port
        }
    }

    func connect(to container: ContainerPlan, port: UInt16, timeout: Duration) async throws -> any ByteStream {
        let isOnHost = container.networking.mode == .host
        return EmbeddedStream(
            try await isOnHost
                ? SocketStream.connectOnHost(to: container.address, port: port, timeout: timeout, on: loop)
                : sandbox.connect(to: container.address, port: port, timeout: timeout))
    }

    func runOnHost(_ process: ProcessPlan) async throws -> any RunningProcess {
        let specification = ProcessSpecification(
            arguments: process.arguments, environment: process.environment,
            workingDirectory: process.workingDirectory)
        let hosts = translator.hostsFile(plan.hosts, own: nil)
        let started = try await EngineError.translating(nil) {
            try await self.sandbox.runOnHost(
                specification, hosts: hosts,
                resolverConfiguration: self.translator.resolver.configuration(nameServer: NameServer.address),
                needsNameServer: true, streams: [0, 1, 2])
        }
        try nameServer.serve(started, asker: .container(NameDirectory.host))
        return EmbeddedProcess(started)
    }

    func close() async -> [TeardownFailure] {
        let (closers, wasClosed) = state.withLock { state in
            defer {
                state.isClosed = true
                state.closers = []
            }
            return (state.closers, state.isClosed)
        }
        if wasClosed { return [] }
        var failures: [TeardownFailure] = []
        if sandbox.wasLost { onLoss() }
        for close in closers { close() }
        nameServer.close()
        let hierarchies = Result {
            try sandbox.kill()
            return try Hierarchies.current()
        }
        do {
            try await sandbox.close()
        } catch {
            failures.append(TeardownFailure(step: "end the sandbox", cause: error))
        }
        do {
            try Leftovers.remove(directory, diskScratch: diskScratch, hierarchies: try hierarchies.get())
        } catch {
            failures.append(TeardownFailure(step: "remove \(directory.path)", cause: error))
        }
        return failures
    }
}

/// A process in the sandbox, in the terms of the orchestrator.
struct EmbeddedProcess: RunningProcess {
    private let process: SandboxProcess

    init(_ process: SandboxProcess) { self.process = process }

    func wait() async -> ExitStatus { ExitStatus(await process.wait()) }
    func send(signal: Int32) async throws { try await process.send(signal: signal) }
}

extension ExitStatus {
    /// `nil` is the end of the whole sandbox, which is a kill.
    init(_ end: (exit: ProcessExit, oomKilled: Bool)?) {
        switch end {
        // An init process or a shell says so of what the kernel has killed under it.
        case (.exited(128 + SIGKILL), true)?: self = .signalled(SIGKILL, oomKilled: true)
        case (.exited(let code), _)?: self = .exited(code)
        case (.signalled(let signal), let oomKilled)?: self = .signalled(signal, oomKilled: oomKilled)
        case nil: self = .signalled(SIGKILL, oomKilled: false)
        }
    }
}

/// A connection in the terms of the orchestrator.
struct EmbeddedStream: ByteStream {
    private let stream: SocketStream

    init(_ stream: SocketStream) { self.stream = stream }

    func read(timeout: Duration) async throws -> [UInt8] { try await stream.read(timeout: timeout) }
    func write(_ bytes: [UInt8], timeout: Duration) async throws { try await stream.write(bytes, timeout: timeout) }
    func close() { stream.close() }
}
