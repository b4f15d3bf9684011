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
                state.timings.started = state.timings.started ?? now
            }
            emit(.started(service: name))
            guard try await runPostStart(of: service, in: container) else { return nil }
            return container
        } catch {
            if Task.isCancelled { throw CancellationError() }
            let position = service.plan.position(of: error)
            fail(service, .start, .engine(error), at: position)
            return nil
        }
    }

    /// Watches a running container until it ends for good, and meanwhile for its readiness.
    private func supervise(_ service: ServiceRun, _ first: any RunningContainer) async {
        var container = first
        var restarts = RestartSchedule(service.plan.lifecycle.restart)
        while true {
            service.started.set(true)
            if service.plan.readiness == nil && !service.isAwaitedToComplete { settle(service) }
            let start = clock.now
            let status = await watch(service, container)
            let lifetime = clock.now - start
            guard mayRestart(service, status), let delay = restarts.delay(after: status, lifetime: lifetime) else {
                return ended(service, status)
            }
            emit(.restarting(service: service.plan.name, status, after: delay))
            do {
                try await clock.sleep(until: clock.now + delay)
                guard isTearingDown.value == nil, let next = try await self.start(service) else {
                    service.exit.set(status)
                    return
                }
                container = next
            } catch {
                // The run ends: the container has done so already.
                service.giveUp()
                service.exit.set(status)
                return
            }
        }
    }

    private func watch(_ service: ServiceRun, _ container: any RunningContainer) async -> ExitStatus {
        await withDiscardingTaskGroup(returning: ExitStatus.self) { group in
            if let readiness = service.plan.readiness, service.healthy.value == nil {
                group.addTask { await self.awaitReadiness(of: service, container, readiness) }
            }
            let status = await container.wait()
            group.cancelAll()
            return status
        }
    }

    /// Not once the teardown has begun, not for a one-shot that has done its work, and not when the time in which the
    /// service had to become ready is over.
    private func mayRestart(_ service: ServiceRun, _ status: ExitStatus) -> Bool {
        if isTearingDown.value != nil || (status.isSuccess && service.isAwaitedToComplete) { return false }
        guard let readiness = service.plan.readiness, service.healthy.value == nil else {
            return service.healthy.value != false
        }
        let first = service.state.withLock { $0.timings.started } ?? clock.now
        return clock.now - first < readiness.timeout
    }

    private func awaitReadiness(
        of service: ServiceRun, _ container: any RunningContainer, _ readiness: ReadinessPlan
    ) async {
        let name = service.plan.name
        let start = service.state.withLock { $0.timings.started } ?? clock.now
        let wait = ReadinessWait(
            plan: readiness, watches: service.observation.watches,
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

    /// Runs the hooks one after the other; `false` where one has failed the service.
    private func runPostStart(of service: ServiceRun, in container: any RunningContainer) async throws -> Bool {
        for hook in service.plan.lifecycle.postStart {
            let (status, output) = try await container.probe(hook.process, timeout: HookPlan.timeLimit)
            if let status, status.isSuccess { continue }
            let reason = BootError.Reason.hookFailed(
                command: hook.process.arguments.joined(separator: " "), status, output: output)
            fail(service, .start, reason, at: hook.position)
            return false
        }
        return true
    }

    private func fail(
        _ service: ServiceRun, _ phase: BootError.Phase, _ reason: BootError.Reason, at position: SourcePosition
    ) {
        service.giveUp()
        guard booted.value == nil else { return }
        var error = BootError(
            service: service.plan.name, phase: phase, reason: reason, logs: service.logs.lines, position: position)
        error.memoryLimit = service.plan.memoryLimit
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
        switch (error as? EngineError)?.kind {
        case .bindSource(let path, _)?, .profileInvalid(let path, _)?: source(path) ?? position
        default: position
        }
    }

    /// The line that names a path of the host.
    private func source(_ path: String) -> SourcePosition? {
        let mount = mounts.first { mount in
            if case .bind(path, _) = mount.source { true } else { false }
        }
        let disks = resources.disks
        let rates = [disks.weights, disks.readBytes, disks.writeBytes, disks.readOperations, disks.writeOperations]
        return mount?.position ?? files.first { $0.source == .file(path) }?.position
            ?? isolation.devices.first { $0.source == path }?.position
            ?? rates.joined().first { $0.path == path }?.position
            ?? (seccompProfile?.value == path ? seccompProfile?.position : nil)
    }
}
