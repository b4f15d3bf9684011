import EnvironmentFile
import Synchronization

extension Stack {
    /// Starts the services that do not run, each once what it depends on is there; returns at once.
    ///
    /// - Throws: ``BootError`` where a port can't be had; nothing has been started then.
    func activate(_ services: [StackService]) async throws {
        // What is run once is not run again.
        let idle = services.filter { !$0.isUp && !($0.isOneOff && $0.activation != nil) }
        let activations = try idle.map { ($0, try Activation($0.plan)) }
        try await openPorts(of: idle)
        // All of them are there before the first looks at those that it depends on.
        for (service, activation) in activations {
            service.state.withLock { state in
                state.activation = activation
                state.phase = .waiting
                state.reason = nil
                state.restarts = 0
            }
        }
        for (service, activation) in activations {
            activation.begin(
                Task(executorPreference: executor) { [self] in
                    await carryOut(activation, of: service)
                    activation.ended.set(())
                })
        }
    }

    /// Takes one service from its dependencies to its end, whenever that is.
    private func carryOut(_ activation: Activation, of service: StackService) async {
        do {
            if let missing = try await firstMissingDependency(of: activation, service) {
                return skip(activation, of: service, because: missing)
            }
            try await supervise(activation, of: service)
        } catch {
            // Stopped before it ran, or between two runs.
            activation.milestones.giveUp()
            activation.outcome.set(.stopped)
            if service.incarnation == nil { service.set(service.status.exit == nil ? .created : .exited) }
        }
    }

    /// Waits until everything that the service needs is there; gives the first required one that never will be.
    ///
    /// Nobody waits for what is not being started: who starts a single service has said so.
    private func firstMissingDependency(
        of activation: Activation, _ service: StackService
    ) async throws(CancellationError) -> String? {
        let edges = activation.plan.dependencies.compactMap { dependency in
            self.service(dependency.service)?.activation.map { (dependency, $0) }
        }
        let open = edges.filter { $1.milestones.latch(for: $0.condition).value == nil }
        if !open.isEmpty {
            emit(.waiting(service: service.name, for: open.map(\.0)))
            service.set(.waiting, reason: "waits for " + open.map(\.0.service).joined(separator: ", "))
        }
        for (dependency, other) in edges {
            let holds = try await other.milestones.latch(for: dependency.condition).wait()
            if !holds && dependency.isRequired { return dependency.service }
        }
        if Task.isCancelled { throw CancellationError() }
        return nil
    }

    private func skip(_ activation: Activation, of service: StackService, because dependency: String) {
        activation.milestones.giveUp()
        service.set(.failed, reason: "'\(dependency)', which it needs, has failed")
        emit(.skipped(service: service.name, dependency: dependency))
        activation.outcome.set(
            .failed(
                BootError(
                    service: service.name, phase: .start, reason: .dependency(dependency),
                    position: activation.plan.position)))
    }

    /// Runs the service until it ends for good.
    private func supervise(_ activation: Activation, of service: StackService) async throws {
        var restarts = RestartSchedule(activation.plan.lifecycle.restart)
        while true {
            guard let incarnation = try await start(activation, of: service) else { return }
            let begun = clock.now
            let status = await watch(incarnation, activation, of: service)
            service.ended(status, at: wallClock())
            incarnation.exit.set(status)
            if activation.isStopping.value != nil { return stopped(activation, of: service, status) }
            let isOver = status.isSuccess && isAwaitedToComplete(service.name)
            guard !isOver, let delay = restarts.delay(after: status, lifetime: clock.now - begun) else {
                return ended(activation, of: service, status)
            }
            emit(.restarting(service: service.name, status, after: delay))
            service.state.withLock { state in
                state.phase = .restarting
                state.restarts += 1
            }
            try await clock.sleep(until: clock.now + delay)
        }
    }

    /// Somebody waits for its end, so its end is no failure.
    func isAwaitedToComplete(_ name: String) -> Bool {
        plan.containers.contains { container in
            container.dependencies.contains { $0.service == name && $0.condition == .completedSuccessfully }
        }
    }

    /// `nil` where it failed.
    private func start(
        _ activation: Activation, of service: StackService
    ) async throws(CancellationError) -> StackService.Incarnation? {
        let plan = activation.plan
        emit(.starting(service: plan.name))
        service.set(.starting)
        var started: (any RunningContainer)?
        do {
            let container = try await boot(plan, activation, service)
            started = container
            let incarnation = StackService.Incarnation(container: container)
            service.began(incarnation, at: wallClock())
            try await runPostStart(of: plan, in: container)
            if activation.isStopping.value != nil { throw CancellationError() }
            emit(.started(service: plan.name))
            return incarnation
        } catch {
            if let started { await end(started, of: service) }
            if activation.isStopping.value != nil || Task.isCancelled { throw CancellationError() }
            let bootError =
                (error as? BootError)
                ?? BootError(
                    service: plan.name, phase: .start, reason: .engine(error), logs: activation.logs.lines,
                    position: plan.position(of: error))
            service.set(.failed, reason: bootError.message)
            fail(activation, bootError)
            return nil
        }
    }

    private func boot(
        _ plan: ContainerPlan, _ activation: Activation, _ service: StackService
    ) async throws -> any RunningContainer {
        if let streams = service.streams { return try await sandbox.start(plan, streams: streams) }
        return try await sandbox.start(plan) { [self] line in
            activation.logs.append(line)
            output(plan, line)
            emit(.output(service: plan.name, line))
        }
    }

    /// Kills a container whose start was not completed.
    private func end(_ container: any RunningContainer, of service: StackService) async {
        // One that can't be killed has ended with its sandbox.
        do { try await container.kill() } catch {}
        let (status, incarnation) = (await container.wait(), service.incarnation)
        service.ended(status, at: wallClock())
        incarnation?.exit.set(status)
    }

    private func runPostStart(of plan: ContainerPlan, in container: any RunningContainer) async throws {
        for hook in plan.lifecycle.postStart {
            let (status, output) = try await container.probe(hook.process, timeout: HookPlan.timeLimit)
            if let status, status.isSuccess { continue }
            throw BootError(
                service: plan.name, phase: .start,
                reason: .hookFailed(
                    command: hook.process.arguments.joined(separator: " "), status, output: output),
                position: hook.position)
        }
    }

    /// Waits for a container's end, and meanwhile watches its health.
    private func watch(
        _ incarnation: StackService.Incarnation, _ activation: Activation, of service: StackService
    ) async -> ExitStatus {
        let first = activation.started(at: clock.now)
        if activation.plan.readiness == nil, !isAwaitedToComplete(service.name) { activation.outcome.set(.settled) }
        return await withDiscardingTaskGroup(returning: ExitStatus.self) { group in
            if activation.plan.readiness != nil {
                group.addTask { await self.followHealth(incarnation, activation, of: service, from: first) }
            }
            let status = await incarnation.container.wait()
            group.cancelAll()
            return status
        }
    }

    private func stopped(_ activation: Activation, of service: StackService, _ status: ExitStatus) {
        activation.milestones.giveUp()
        activation.outcome.set(.stopped)
        emit(.exited(service: service.name, status, isExpected: true))
    }

    /// Judges an end that nobody asked for and after which there is no restart, as ``Execution`` does.
    private func ended(_ activation: Activation, of service: StackService, _ status: ExitStatus) {
        let plan = activation.plan
        let isAwaited = isAwaitedToComplete(service.name)
        let isOneShot = isAwaited || (plan.readiness == nil && service.plannedPorts.isEmpty)
        let wasReady = plan.readiness == nil || activation.milestones.healthy.value == true
        let isDone = service.isOneOff || (status.isSuccess && isOneShot && (wasReady || isAwaited))
        emit(.exited(service: service.name, status, isExpected: isDone))
        activation.milestones.completed.set(isDone)
        activation.milestones.giveUp()
        if isDone {
            activation.outcome.set(.settled)
        } else {
            var error = BootError(
                service: service.name, phase: wasReady ? .boot : .readiness, reason: .exited(status),
                logs: activation.logs.lines, position: plan.position)
            error.memoryLimit = plan.memoryLimit
            fail(activation, error)
        }
    }

    func fail(_ activation: Activation, _ error: BootError) {
        activation.milestones.giveUp()
        // What had come up before is told by its end.
        guard activation.outcome.set(.failed(error)) else { return }
        // Who runs something once is told of it by itself.
        if service(activation.plan.name)?.isOneOff != true { emit(.serviceFailed(error)) }
    }
}
