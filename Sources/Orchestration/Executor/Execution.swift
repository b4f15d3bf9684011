import Synchronization

/// One plan being carried out in one sandbox: boot, test, teardown.
///
/// All tasks are children of one group whose body decides: it waits for latches that the children set, cancels them,
/// and takes everything down while they end. The body itself is never cancelled.
final class Execution: Sendable {
    enum BootEnd: Sendable {
        case ready
        case failed(BootError)
        case interrupted
    }

    enum TestEnd: Sendable {
        case ended(RunOutcome.Ending)
        case failed(BootError)
        case interrupted
    }

    /// A running test, and how all of it is killed.
    struct StartedTest: Sendable {
        var process: any RunningProcess
        var kill: @Sendable () async throws -> Void
    }

    /// Where an execution leaves what it did, beside the test's ending.
    struct Report: Sendable {
        var ending: Result<RunOutcome.Ending?, BootError>
        var timings: RunTimings
        var teardownFailures: [TeardownFailure]
    }

    let plan: Plan
    let graph: Graph
    let services: [ServiceRun]
    let sandbox: any Sandbox
    let clock: RunClock
    let interruption: Interruption
    let testStreams: [Int32]?
    let keep: (@Sendable (RunOutcome.Ending) async -> Void)?
    private let sink: @Sendable (Event) -> Void

    let booted = Latch<BootEnd>()
    let tested = Latch<TestEnd>()
    let kept = Latch<Void>()
    let startedTest = Latch<StartedTest>()
    let testExit = Latch<ExitStatus>()
    let isTearingDown = Latch<Void>()
    /// How many services the test still waits for.
    private let unsettled: Mutex<Int>

    init(
        plan: Plan, graph: Graph, services: [ServiceRun], sandbox: any Sandbox, clock: RunClock,
        interruption: Interruption, testStreams: [Int32]? = nil, keep: (@Sendable (RunOutcome.Ending) async -> Void)?,
        sink: @escaping @Sendable (Event) -> Void
    ) {
        self.plan = plan
        self.graph = graph
        self.services = services
        self.sandbox = sandbox
        self.clock = clock
        self.interruption = interruption
        self.testStreams = testStreams
        self.keep = keep
        self.sink = sink
        unsettled = Mutex(services.count)
    }

    func emit(_ kind: Event.Kind) { sink(Event(time: clock.now, kind: kind)) }

    /// Runs everything; when it returns, everything is gone.
    func run() async -> Report {
        await withDiscardingTaskGroup(returning: Report.self) { group in
            var timings = RunTimings()
            let start = clock.now
            group.addTask { await self.watchInterruption() }
            if interruption.cause.value != nil { booted.set(.interrupted) }
            await publishPorts()
            if services.isEmpty { booted.set(.ready) }
            if booted.value == nil {
                for service in services { group.addTask { await self.boot(service) } }
            }
            let bootEnd = await bootEnd()
            timings.boot = clock.now - start
            let ending = await afterBoot(bootEnd, in: &group, timings: &timings)
            let stop = clock.now
            isTearingDown.set(())
            emit(.teardownStarted)
            group.cancelAll()
            let failures = await tearDown()
            timings.teardown = clock.now - stop
            emit(.teardownEnded(failures, after: timings.teardown))
            addServices(to: &timings)
            return Report(ending: ending, timings: timings, teardownFailures: failures)
        }
    }

    private func afterBoot(
        _ end: BootEnd, in group: inout DiscardingTaskGroup, timings: inout RunTimings
    ) async -> Result<RunOutcome.Ending?, BootError> {
        switch end {
        case .failed(let error):
            emit(.bootFailed(error))
            return .failure(error)
        case .interrupted: return .success(nil)
        case .ready:
            emit(.booted(after: timings.boot))
            let start = clock.now
            defer { timings.test = clock.now - start }
            return await test(in: &group)
        }
    }

    private func bootEnd() async -> BootEnd {
        do { return try await booted.wait() } catch { return .interrupted }
    }

    private func watchInterruption() async {
        do { _ = try await interruption.cause.wait() } catch { return }
        emit(.interrupted(signal: interruption.signal))
        booted.set(.interrupted)
        tested.set(.interrupted)
        kept.set(())
    }

    /// Before anything boots: a port that is taken is named at once.
    private func publishPorts() async {
        guard !plan.ports.isEmpty, booted.value == nil else { return }
        do {
            try await interruption.cancelling { [self] in
                for port in plan.ports {
                    do {
                        let published = try await sandbox.publish(port)
                        emit(.portPublished(port, hostPort: published.hostPort))
                    } catch {
                        if Task.isCancelled { throw CancellationError() }
                        throw BootError(
                            service: port.service, phase: .port, reason: .engine(error), position: port.position)
                    }
                }
            }
        } catch let error as BootError {
            booted.set(.failed(error))
        } catch {
            booted.set(.interrupted)
        }
    }

    /// The test waits for one service less; with the last one gone it begins.
    func settle(_ service: ServiceRun) {
        let now = clock.now
        let isNew = service.state.withLock { state in
            defer { state.isSettled = true }
            if !state.isSettled { state.timings.settled = now }
            return !state.isSettled
        }
        guard isNew else { return }
        let left = unsettled.withLock { count in
            count -= 1
            return count
        }
        if left == 0 { booted.set(.ready) }
    }

    private func addServices(to timings: inout RunTimings) {
        let all = services.map { service in service.state.withLock { $0.timings } }
        timings.services = all
        let (path, _) = graph.criticalPath { number in
            guard let from = all[number].unblocked, let to = all[number].settled else { return .zero }
            return to - from
        }
        timings.criticalPath = path.map { graph.names[$0] }
    }
}
