import Containers
import EmbeddedEngine
import EnvironmentFile
import Glibc
import LinuxKernel
import LocalStacks
import Orchestration
import Synchronization

/// Keeps one environment up: the process that `up` becomes, in the background or with the terminal.
///
/// It is the only one for its environment, since it holds the runtime directory. When it is killed, the kernel takes the
/// environment with it.
final class Monitor: Sendable {
    /// Why the environment is taken down.
    enum Ending: Sendable {
        case asked(DownCall)
        case signal(CInt)
        /// The launcher has died, and all containers with it.
        case lost
        /// Somebody has removed the runtime directory: nobody could ask for anything any more.
        case unreachable
        /// Attached, and nothing runs any more.
        case finished
        /// `--abort-on-container-exit`
        case aborted(container: String, code: Int32)
    }

    struct State {
        var stack: Stack?
        var server: ControlServer?
        var reporter: RunReporter?
        var downs: [ControlConnection] = []
        /// What was asked for so far.
        var images: Set<ImageRequest> = []
        /// Follows `develop.watch`.
        var watching: Task<Void, Never>?
        /// How containers have ended, for `--exit-code-from`.
        var exits: [String: Int32] = [:]
    }

    let identity: EnvironmentIdentity
    let loop: EventLoop
    let places: Places
    let engine: EmbeddedEngine
    let records: EnvironmentRecords
    let broadcast = EventBroadcast()
    let logs: LogStore
    let interruption = Interruption()
    let ending = Latch<Ending>()
    /// Set when everything is gone.
    let closed = Latch<Void>()
    let directory: RuntimeDirectory
    let attachment: Attachment?
    let state: Mutex<State>

    /// - Parameters:
    ///   - directory: Claimed.
    ///   - reporter: Tells of the boot, until the monitor goes to the background.
    ///   - attachment: What a terminal is shown; `nil`: it goes to the background.
    init(
        identity: EnvironmentIdentity, directory: RuntimeDirectory, places: Places, loop: EventLoop,
        engine: EmbeddedEngine, reporter: RunReporter, attachment: Attachment?
    ) {
        self.identity = identity
        self.directory = directory
        self.places = places
        self.loop = loop
        self.engine = engine
        self.attachment = attachment
        records = EnvironmentRecords(root: places.environments)
        logs = LogStore(directory: records.logs(identity.identifier), on: loop)
        state = Mutex(State(reporter: reporter))
    }

    var stack: Stack? { state.withLock { $0.stack } }
    var reporter: RunReporter? { state.withLock { $0.reporter } }

    func warn(_ text: String) { reporter?.warn(text) }

    /// Boots the environment, keeps it up, and takes it down.
    ///
    /// - Returns: The exit code; of one that went to the background nobody sees it.
    func run(
        _ call: UpCall, _ environment: EnvironmentFile.Environment, detachment: Detachment?
    ) async throws -> ExitStatusCode {
        let interrupts = try Interrupts([SIGINT, SIGTERM, SIGHUP], on: loop)
        interrupts.onSignal { signal in
            if !self.ending.set(.signal(signal)) { self.interruption.hurry() }
        }
        let changes = try watchDirectory()
        let picture = keepPicture()
        engine.onLoss { self.ending.set(.lost) }
        logs.onLoss { name, error in self.handle(.logLost(service: name, why: "\(error)")) }
        defer {
            withExtendedLifetime(interrupts) {}
            changes.close()
        }
        let code = await bringUp(call, environment, detachment)
        picture.cancel()
        _ = try await ending.wait()
        state.withLock { $0.watching }?.cancel()
        return try await takeDown(code)
    }

    private func bringUp(
        _ call: UpCall, _ environment: EnvironmentFile.Environment, _ detachment: Detachment?
    ) async -> ExitStatusCode {
        do {
            try begin(environment)
            let request = try await untilEnding { try await self.planning(call).request(environment, on: nil) }
            // Before anything starts: what comes meanwhile is a change, too.
            let watch = call.watches ? try await WatchSession.make(environment, call, on: self) : nil
            if let request { try await open(request) }
            let code = try await boot(call, detachment)
            if let watch, ending.value == nil { follow(watch) }
            return code
        } catch {
            ending.set(.finished)
            return tell(engine.hasLostSandbox ? Self.lost : error)
        }
    }

    /// Says why not everything came up.
    private func tell(_ error: any Error) -> ExitStatusCode {
        do {
            return try reporter?.finish(failure: error) ?? .engineFailed
        } catch {
            let failure = Failure(error)
            StandardError.write(failure.text)
            return failure.code
        }
    }

    private static let lost = EngineError(
        .sandboxLost("its launcher was killed or has crashed"),
        remedy: "look at the kernel's log: did memory run out?")

    // MARK: Up

    /// Writes down that it is up; what an earlier one has kept of its logs goes.
    private func begin(_ environment: EnvironmentFile.Environment) throws {
        let identifier = identity.identifier
        if let earlier = try records.read(identifier) {
            let why = earlier.ending(bootID: EnvironmentRecord.currentBootID())
            warn("the environment had ended before: \(why); what it left has been removed")
        }
        try records.remove(identifier)
        let record = EnvironmentRecord(
            identity, files: environment.files, monitor: getpid(), bootID: EnvironmentRecord.currentBootID(),
            startedAt: WallClock.now(), release: VersionCommand.version)
        try records.write(record)
    }

    func planning(_ call: UpCall) -> StackPlanning {
        StackPlanning(call: call, engine: engine, identity: identity) { [self] kind in handle(kind) }
    }

    let start = ContinuousClock.now

    /// An event of the monitor's own.
    func handle(_ kind: Event.Kind) { handle(Event(time: start.duration(to: .now), kind: kind)) }

    private func handle(_ event: Event) {
        reporter?.show(event)
        broadcast.send(event)
        if case .imagePreparing(let request) = event.kind { state.withLock { _ = $0.images.insert(request) } }
        guard case .exited(let name, let status, _) = event.kind else { return }
        let isAborting = (attachment?.abortsOnExit ?? false) && (stack?.isOwnEnd(of: name) ?? true)
        state.withLock { $0.exits[name] = status.code }
        if isAborting, ending.value == nil { ending.set(.aborted(container: name, code: status.code)) }
    }

    /// Opens the sandbox and begins to take calls.
    private func open(_ request: Stack.UpRequest) async throws {
        let sandbox = try await openSandbox(request.plan)
        let stack = makeStack(request.plan, sandbox)
        state.withLock { $0.stack = stack }
        let server = try ControlServer(
            directory: directory.path, release: VersionCommand.version, on: loop
        ) { [self] request, descriptors, connection in
            await serve(request, descriptors, connection)
        }
        state.withLock { $0.server = server }
        attachment?.begin(request.plan)
        try await stack.up(request)
    }

    func openSandbox(_ plan: Plan) async throws -> any Sandbox {
        do {
            return try await engine.openSandbox(for: plan)
        } catch {
            throw BootError(service: nil, phase: .sandbox, reason: .engine(error))
        }
    }

    func makeStack(_ plan: Plan, _ sandbox: any Sandbox) -> Stack {
        Stack(
            plan: plan, sandbox: sandbox, clock: EventLoopClock(loop), executor: loop, wallClock: { WallClock.now() },
            output: { [self] container, line in
                logs.append(line, of: container)
                show(line, of: container)
            },
            events: { [self] event in handle(event) })
    }

    /// Waits until everything is ready, tells of it, and goes to the background where that was asked for.
    private func boot(_ call: UpCall, _ detachment: Detachment?) async throws -> ExitStatusCode {
        guard let stack else { return .success }
        var code = ExitStatusCode.success
        do {
            let isReady: Void? = try await untilEnding { try await self.waitUntilReady(stack, nil, call.timeout) }
            if isReady != nil { handle(.booted(after: start.duration(to: .now))) }
        } catch {
            code = tell(error)
            // The others go on, and so one can look into what has failed.
            if stack.runningCount == 0, attachment == nil { ending.set(.finished) }
        }
        if attachment == nil, ending.value == nil, let detachment {
            reporter?.end()
            state.withLock { $0.reporter = nil }
            try detachment.finish(code)
        }
        if attachment != nil, ending.value == nil {
            reporter?.end()
            watchEnds(of: stack)
        }
        return code
    }

    /// Attached, the command ends with the last container.
    func watchEnds(of stack: Stack) {
        Task(executorPreference: loop) { [self] in
            do {
                try await stack.waitUntilEnded()
                // One that has made room for another has not ended the environment.
                if !stack.isClosing { ending.set(.finished) }
            } catch {
                // Nobody waits any more.
            }
        }
    }

    private func follow(_ watch: WatchSession) {
        let task = Task(executorPreference: loop) { [self] in
            do {
                try await watch.run()
            } catch {
                if !Task.isCancelled { warn("files are not watched any more: \(Failure(error).message)") }
            }
        }
        state.withLock { $0.watching = task }
    }

    /// Waits for containers, for a bounded time.
    ///
    /// - Parameter names: `nil`: all.
    func waitUntilReady(_ stack: Stack, _ names: [String]?, _ timeout: Double?) async throws {
        guard let timeout else { return try await stack.waitUntilReady(names) }
        let loop = loop
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await stack.waitUntilReady(names) }
            group.addTask {
                try await loop.sleep(for: .seconds(timeout))
                throw Failure(
                    "not everything was ready within \(Duration.seconds(timeout).short)",
                    remedy: "see 'harness ps' and 'harness logs'", code: .unavailable)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Runs `body` unless the environment's end comes first; `nil` then.
    private func untilEnding<Success: Sendable>(
        _ body: @escaping @Sendable () async throws -> Success
    ) async throws -> Success? {
        if ending.value != nil { return nil }
        return try await withThrowingTaskGroup(of: Success?.self) { group in
            group.addTask { try await body() }
            group.addTask { [ending] in
                _ = try await ending.wait()
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Nobody finds a monitor whose directory is gone, so it ends with it.
    private func watchDirectory() throws -> FileChanges {
        let path = directory.path
        let changes = try FileChanges(on: loop) { [weak self] changes in
            let isGone = changes.contains { $0.isRemoval || ($0.isOfName && $0.name == "control") }
            if isGone, access(ControlClient.path(in: path), F_OK) != 0 { self?.ending.set(.unreachable) }
        }
        try changes.add(path, [.names, .removed])
        return changes
    }
}
