import Containers
import Glibc
import LinuxKernel
import Orchestration
import Synchronization

/// A running container, in the terms of the orchestrator.
final class EmbeddedContainer: RunningContainer {
    /// Bytes of a probe's output that are kept.
    private static let probeOutput = 4 << 10

    private let plan: ContainerPlan
    private let process: SandboxProcess
    private let sandbox: ContainerSandbox
    private let readers: [LineReader]
    /// The other side of its standard input or of its terminal, kept open.
    private let input: SharedDescriptor?
    /// The program of its own profile for system calls; empty: it has none.
    private let filter: [UInt8]
    private let loop: EventLoop

    init(
        plan: ContainerPlan, process: SandboxProcess, sandbox: ContainerSandbox, readers: [LineReader],
        input: SharedDescriptor?, filter: [UInt8], loop: EventLoop
    ) {
        self.input = input
        self.filter = filter
        self.plan = plan
        self.process = process
        self.sandbox = sandbox
        self.readers = readers
        self.loop = loop
    }

    func wait() async -> ExitStatus {
        let status = ExitStatus(await process.wait())
        // What it printed last is in the pipes; whoever hears of the end wants to see it.
        for reader in readers { reader.drain() }
        return status
    }

    func send(signal: Int32) async throws { try await process.send(signal: signal) }

    func kill() async throws { try await sandbox.kill(container: plan.name) }

    func pathExists(_ path: String) async throws -> Bool { try await sandbox.exists(path, in: plan.name) }

    func run(
        _ process: ProcessPlan, streams: [Int32], hasTerminal: Bool
    ) async throws -> any RunningProcess {
        EmbeddedProcess(try await execute(process, streams: streams, hasTerminal: hasTerminal))
    }

    func tap(_ body: @escaping @Sendable (LogLine.Stream, [UInt8]) -> Void) -> @Sendable () -> Void {
        // The order of ``EmbeddedSandbox/start(_:output:)``; a terminal has one output.
        let ends = zip(readers, [LogLine.Stream.standardOutput, .standardError]).map { reader, stream in
            reader.tap { body(stream, $0) }
        }
        return { for end in ends { end() } }
    }

    func sendInput(over socket: Int32) throws -> Bool {
        guard let input else { return false }
        try Self.send(input.rawValue, over: socket)
        return true
    }

    func sendRoot(over socket: Int32) async throws {
        let root = try await EngineError.translating(plan) {
            SharedDescriptor(try await self.sandbox.root(of: self.plan.name))
        }
        try Self.send(root.rawValue, over: socket)
    }

    private static func send(_ descriptor: CInt, over socket: CInt) throws(SystemCallError) {
        try PacketSocket(adopting: .duplicate(of: socket)).send([0], descriptors: [descriptor], waits: false)
    }

    func notices(signal: Int32) async throws -> Bool { try await sandbox.notices(signal, in: plan.name) }

    func setPaused(_ isPaused: Bool) async throws {
        try await EngineError.translating(plan) {
            try await self.sandbox.setFrozen(isPaused, container: self.plan.name)
        }
    }

    func probe(_ process: ProcessPlan, timeout: Duration) async throws -> (status: ExitStatus?, output: String) {
        let pipe = try OwnedDescriptor.pipe()
        let null = try OwnedDescriptor.open("/dev/null", O_RDONLY)
        let writer = pipe.writer.rawValue
        let started = try await execute(process, streams: [null.rawValue, writer, writer])
        let reader = try OutputReader(pipe.takeReader(), limit: Self.probeOutput, on: loop)
        // A probe that leaves something running keeps the pipe open: its own end is what counts, not the pipe's.
        let status = try await withThrowingTaskGroup(of: ExitStatus?.self) { group in
            group.addTask { ExitStatus(await started.wait()) }
            group.addTask {
                try await self.loop.sleep(for: timeout)
                try await started.send(signal: SIGKILL)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        return (status, reader.take())
    }

    private func execute(
        _ process: ProcessPlan, streams: [CInt], hasTerminal: Bool = false
    ) async throws -> SandboxProcess {
        var specification = PlanTranslator.process(process, of: plan, filter: filter)
        specification.hasTerminal = hasTerminal
        return try await EngineError.translating(plan) {
            try await self.sandbox.execute(specification, in: self.plan.name, streams: streams)
        }
    }
}

/// Has reads and writes fail with `EAGAIN` instead of waiting.
func setNonBlocking(_ descriptor: CInt) throws(SystemCallError) {
    try checked("fcntl") { fcntl(descriptor, F_SETFL, O_NONBLOCK) }
}
