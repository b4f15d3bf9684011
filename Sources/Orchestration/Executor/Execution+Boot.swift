import EnvironmentFile
import Synchronization

extension Execution {
    /// Takes one service from its dependencies to its end, whenever that is.
    func boot(_ service: ServiceRun) async {
        do {
            if let missing = try await firstMissingDependency(of: service) { return skip(service, because: missing) }
            guard let container = try await start(service) else { return }
            await supervise(service, container)
        } catch {
            // Cancelled before it was started: whoever did that takes care of the rest.
            service.giveUp()
        }
    }

    /// Waits until everything that the service needs is there; gives the first required one that never will be.
    private func firstMissingDependency(of service: ServiceRun) async throws(CancellationError) -> String? {
        let open = service.dependencies.filter { services[$0.node].latch(for: $0.dependency.condition).value == nil }
        if !open.isEmpty { emit(.waiting(service: service.plan.name, for: open.map(\.dependency))) }
        for edge in service.dependencies {
            let holds = try await services[edge.node].latch(for: edge.dependency.condition).wait()
            if !holds && edge.dependency.isRequired { return edge.dependency.service }
        }
        if Task.isCancelled { throw CancellationError() }
        let now = clock.now
        service.state.withLock { $0.timings.unblocked = now }
        return nil
    }

    /// `nil` where it failed.
    private func start(_ service: ServiceRun) async throws(CancellationError) -> (any RunningContainer)? {
        let name = service.plan.name
        emit(.starting(service: name))
        do {
            let container = try await sandbox.start(service.plan) { [self] line in
                service.logs.append(line)
                emit(.output(service: name, line))
            }
            let now = clock.now
            service.state.withLock { state in
                state.container = container
                state.timings.started = now
            }
            emit(.started(service: name))
            return container
        } catch {
            if Task.isCancelled { throw CancellationError() }
            let position = service.plan.position(of: error)
            fail(service, .start, .engine(error), at: position)
            return nil
        }
    }

    /// Watches a running container until it ends, and meanwhile for its readiness.
    private func supervise(_ service: ServiceRun, _ container: any RunningContainer) async {
        service.started.set(true)
        if service.plan.readiness == nil && !service.isAwaitedToComplete { settle(service) }
        let status = await withDiscardingTaskGroup(returning: ExitStatus.self) { group in
            if let readiness = service.plan.readiness {
                group.addTask { await self.awaitReadiness(of: service, container, readiness) }
            }
            let status = await container.wait()
            group.cancelAll()
            return status
        }
        ended(service, status)
    }

    private func awaitReadiness(
        of service: ServiceRun, _ container: any RunningContainer, _ readiness: ReadinessPlan
    ) async {
        let name = service.plan.name
        let start = service.state.withLock { $0.timings.started } ?? clock.now
        let wait = ReadinessWait(
            plan: readiness, watches: service.watches,
            target: ProbeTarget(sandbox: sandbox, container: container, plan: service.plan, clock: clock)
        ) { [self] probe, outcome in
            emit(.probed(service: name, probe: probe, outcome))
        }
        do {
            try await wait.wait(from: start)
            emit(.ready(service: name, after: clock.now - start))
            service.healthy.set(true)
            settle(service)
        } catch ReadinessFailure.unhealthy(let failures, let last) {
            fail(service, .readiness, .unhealthy(failures: failures, last: last), at: service.plan.position)
        } catch ReadinessFailure.timedOut(let timeout, let unmet) {
            fail(service, .readiness, .neverReady(within: timeout, unmet), at: service.plan.position)
        } catch {
            // Cancelled: the container has ended or the run does.
        }
    }

    /// Judges the end of a service.
    ///
    /// | status | before it is ready, or without `healthcheck` and `ready` | once it is ready |
    /// | --- | --- | --- |
    /// | 0, somebody waits for its completion | done, unless somebody waits for its health | done |
    /// | 0, has neither readiness nor ports | done | – |
    /// | 0 otherwise, or not 0 | fails the boot | fails the boot |
    ///
    /// Once the environment has booted, the test's status is all that counts.
    private func ended(_ service: ServiceRun, _ status: ExitStatus) {
        let isOneShot = service.isAwaitedToComplete || (service.plan.readiness == nil && !service.hasPorts)
        let isDone = status.isSuccess && isOneShot && !service.isHealthMissed
        let wasReady = service.plan.readiness == nil || service.healthy.value == true
        emit(
            .exited(
                service: service.plan.name, status,
                isExpected: isDone || isTearingDown.value != nil))
        service.exit.set(status)
        if isDone {
            service.completed.set(true)
            service.giveUp()
            settle(service)
        } else {
            fail(service, wasReady ? .boot : .readiness, .exited(status), at: service.plan.position)
        }
    }

    private func skip(_ service: ServiceRun, because dependency: String) {
        emit(.skipped(service: service.plan.name, dependency: dependency))
        service.giveUp()
        // That of an essential service is essential too and has failed the boot.
        if !service.isEssential { settle(service) }
    }

    private func fail(
        _ service: ServiceRun, _ phase: BootError.Phase, _ reason: BootError.Reason, at position: SourcePosition
    ) {
        service.giveUp()
        guard booted.value == nil else { return }
        let error = BootError(
            service: service.plan.name, phase: phase, reason: reason, logs: service.logs.lines, position: position)
        if service.isEssential {
            booted.set(.failed(error))
        } else {
            emit(.optionalFailed(error))
            settle(service)
        }
    }
}

extension ContainerPlan {
    /// The line of the file that an engine's error is about.
    func position(of error: any Error) -> SourcePosition {
        guard case .bindSource(let path, _)? = (error as? EngineError)?.kind else { return position }
        let mount = mounts.first { mount in
            if case .bind(path, _) = mount.source { true } else { false }
        }
        let file = files.first { $0.source == .file(path) }
        return mount?.position ?? file?.position ?? position
    }
}
