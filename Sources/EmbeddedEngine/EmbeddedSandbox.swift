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
    /// The sandbox's place below /run/harness.
    struct Directory {
        let runtime: RuntimeDirectory
        /// It is the caller's, for sandboxes to come.
        let isKept: Bool
        let diskScratch: String
    }

    private struct State {
        var plan: Plan
        var translator: PlanTranslator
        var ports: [ForwardedPort] = []
        /// The sandbox's own addresses that names are asked at.
        var nameServers: Set<IPv4Address> = []
        var isClosed = false
    }

    private let sandbox: ContainerSandbox
    private let directory: Directory
    private let makeTranslator: @Sendable (Plan) throws -> PlanTranslator
    /// The directory that keeps compiled filters.
    private let filterCache: String
    private let loop: EventLoop
    private let reportWarning: @Sendable (String) -> Void
    private let nameServer: NameServer
    private let names: KnownNames
    private let state: Mutex<State>

    private var plan: Plan { state.withLock { $0.plan } }
    private var translator: PlanTranslator { state.withLock { $0.translator } }

    init(
        plan: Plan, sandbox: ContainerSandbox, directory: Directory,
        makeTranslator: @escaping @Sendable (Plan) throws -> PlanTranslator, filterCache: String, loop: EventLoop,
        reportWarning: @escaping @Sendable (String) -> Void, onLoss: @escaping @Sendable () -> Void
    ) throws {
        self.sandbox = sandbox
        self.directory = directory
        self.makeTranslator = makeTranslator
        let known = KnownNames(plan, try makeTranslator(plan))
        state = Mutex(State(plan: plan, translator: known.translator))
        names = known
        self.filterCache = filterCache
        self.loop = loop
        self.reportWarning = reportWarning
        sandbox.onNotice(reportWarning)
        sandbox.onLoss(onLoss)
        nameServer = NameServer(sandbox: sandbox, on: loop) { known.contents }
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

    func start(_ container: ContainerPlan, streams: [Int32]) async throws -> any RunningContainer {
        let (process, filter) = try await boot(container, streams: streams)
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
        Task(executorPreference: loop) { [nameServer] in
            _ = await process.wait()
            nameServer.forget(process)
        }
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

    func publish(_ port: PortPlan) async throws -> any PublishedPort {
        let opened = try ForwardedPort.open(port, in: sandbox, on: loop) { [weak self] port in
            self?.state.withLock { state in state.ports.removeAll { $0 === port } }
        }
        state.withLock { $0.ports.append(opened) }
        return opened
    }

    func update(to plan: Plan) async throws {
        let translator = try makeTranslator(plan)
        state.withLock { state in
            state.plan = plan
            state.translator = translator
        }
        names.update(plan, translator)
        nameServer.refresh()
    }

    func moveNames(_ moves: [NameMove], except containers: [String]) async throws {
        try await EngineError.translating(nil) {
            try await self.sandbox.moveNames(
                moves.map { AddressMove(from: "\($0.from)", to: "\($0.to)") }, except: containers)
        }
    }

    func remove(_ container: ContainerPlan, withVolumes: Bool) async throws {
        let volumes = withVolumes ? container.anonymousVolumes : []
        try await EngineError.translating(container) {
            try await self.sandbox.remove(container: container.name, volumes: volumes)
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
        let translator = translator
        let hosts = translator.hostsFile(plan.hosts, own: nil)
        let started = try await EngineError.translating(nil) {
            try await self.sandbox.runOnHost(
                specification, hosts: hosts,
                resolverConfiguration: translator.resolver.configuration(nameServer: NameServer.address),
                needsNameServer: true, streams: [0, 1, 2])
        }
        try nameServer.serve(started, asker: .container(NameDirectory.host))
        return EmbeddedProcess(started)
    }

    func close() async -> [TeardownFailure] {
        let (ports, wasClosed) = state.withLock { state in
            defer {
                state.isClosed = true
                state.ports = []
            }
            return (state.ports, state.isClosed)
        }
        if wasClosed { return [] }
        var failures: [TeardownFailure] = []
        for port in ports { port.close() }
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
            let hierarchies = try hierarchies.get()
            if directory.isKept {
                try Leftovers.clear(directory.runtime, diskScratch: directory.diskScratch, hierarchies: hierarchies)
            } else {
                try Leftovers.remove(directory.runtime, diskScratch: directory.diskScratch, hierarchies: hierarchies)
            }
        } catch {
            failures.append(TeardownFailure(step: "remove \(directory.runtime.path)", cause: error))
        }
        return failures
    }
}
