import EnvironmentFile

/// Boots an environment, runs its test and takes it down again.
public struct Run: Sendable {
    /// What the command line says.
    public struct Options: Sendable {
        /// What the environment is planned with.
        public var planner: Planner.Options
        /// The standard streams of a test in a container of its own, three times a packet socket where that has a
        /// terminal (``Sandbox/start(_:streams:)``); `nil`: the caller's.
        public var testStreams: [Int32]?
        /// Awaited, with the environment still up, when the test has failed; cancelled by an interruption, on which
        /// it has to return.
        public var keep: (@Sendable (RunOutcome.Ending) async -> Void)?

        /// Options; unless told the plan's defaults, and no looking after a failed test.
        public init(
            planner: Planner.Options = Planner.Options(), testStreams: [Int32]? = nil,
            keep: (@Sendable (RunOutcome.Ending) async -> Void)? = nil
        ) {
            self.planner = planner
            self.testStreams = testStreams
            self.keep = keep
        }
    }

    private let environment: Environment
    private let engine: any Engine
    private let clock: any Clock<Duration>
    private let options: Options
    private let interruption: Interruption
    private let executor: (any TaskExecutor)?
    private let events: @Sendable (Event) -> Void

    /// - Parameters:
    ///   - clock: All the time that the run knows of.
    ///   - interruption: Through which a signal ends the run.
    ///   - executor: Where the run and all its tasks execute; `nil`: the global pool.
    ///   - events: Called for everything that happens, on the executor; it must not block.
    public init(
        environment: Environment, engine: any Engine, clock: any Clock<Duration>, options: Options = Options(),
        interruption: Interruption = Interruption(), executor: (any TaskExecutor)? = nil,
        events: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.environment = environment
        self.engine = engine
        self.clock = clock
        self.options = options
        self.interruption = interruption
        self.executor = executor
        self.events = events
    }

    /// Performs the run. On every path everything has been taken down when this returns or throws.
    ///
    /// A failing test is a result. Where nothing is to be tested (``Planner/Lifetime/up``) the environment stays up
    /// until the interruption.
    ///
    /// - Throws: ``PlanErrors`` before anything boots if the file is wrong; ``BootError`` if it did not come up;
    ///   `CancellationError` if the calling task was cancelled.
    public func perform() async throws -> RunOutcome {
        // A task of its own, which nobody cancels: the teardown must not see the caller's cancellation, which ends
        // the run as a signal does.
        let task = Task(executorPreference: executor) { try await work(RunClock(clock)) }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            interruption.cancel()
        }
    }

    private func work(_ clock: RunClock) async throws -> RunOutcome {
        let planner = try Planner(environment, options: options.planner)
        let imageTime: Duration
        let sandboxTime: Duration
        let report: Execution.Report
        do {
            let preparer = ImagePreparer(environment: environment, engine: engine) { emit($0, clock) }
            let images = try await interruption.cancelling { try await preparer.prepareImages(for: planner) }
            imageTime = clock.now
            let plan = try planner.plan(images)
            emit(.planned(plan), clock)
            let execution = try await execute(plan, clock)
            sandboxTime = clock.now - imageTime
            report = await execution.run()
        } catch is CancellationError {
            emit(.interrupted(signal: interruption.signal), clock)
            return try interrupted(RunTimings(total: clock.now), [])
        }
        var timings = report.timings
        timings.images = imageTime
        timings.sandbox = sandboxTime
        timings.total = clock.now
        switch report.ending {
        // An interruption of the teardown counts as one too.
        case .success(let ending?) where interruption.cause.value == nil:
            return RunOutcome(ending: ending, timings: timings, teardownFailures: report.teardownFailures)
        case .success: return try interrupted(timings, report.teardownFailures)
        case .failure(var error):
            error.teardownFailures = report.teardownFailures
            throw error
        }
    }

    private func emit(_ kind: Event.Kind, _ clock: RunClock) { events(Event(time: clock.now, kind: kind)) }

    private func interrupted(_ timings: RunTimings, _ failures: [TeardownFailure]) throws -> RunOutcome {
        guard case .signal(let signal)? = interruption.cause.value else { throw CancellationError() }
        return RunOutcome(ending: .interrupted(signal: signal), timings: timings, teardownFailures: failures)
    }

    private func execute(_ plan: Plan, _ clock: RunClock) async throws -> Execution {
        let graph = try Graph(plan)
        let services = try Execution.services(of: plan, graph: graph)
        let sandbox: any Sandbox
        do {
            sandbox = try await interruption.cancelling { try await engine.openSandbox(for: plan) }
        } catch {
            if interruption.cause.value != nil { throw CancellationError() }
            throw BootError(service: nil, phase: .sandbox, reason: .engine(error))
        }
        return Execution(
            plan: plan, graph: graph, services: services, sandbox: sandbox, clock: clock,
            interruption: interruption, testStreams: options.testStreams, keep: options.keep, sink: events)
    }
}
