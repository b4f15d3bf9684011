import EnvironmentFile
import Synchronization

extension Stack {
    /// How services are ended.
    public struct StopOptions: Hashable, Sendable {
        /// Instead of each service's own grace period.
        public var gracePeriod: Duration?
        /// Others take their places, or they are not wanted any more: it is not the end of anything.
        var makesRoom = false

        /// Each service's own grace period unless told.
        public init(gracePeriod: Duration? = nil) { self.gracePeriod = gracePeriod }

        /// The same for what makes room for others.
        var makingRoom: StopOptions {
            var options = self
            options.makesRoom = true
            return options
        }
    }

    /// Stops containers in reverse order of their dependencies; their file systems stay for the next start.
    ///
    /// - Returns: What failed; every step runs.
    func stop(_ services: [StackService], _ options: StopOptions = StopOptions()) async -> [TeardownFailure] {
        let failures = TeardownFailures()
        let latches = Dictionary(uniqueKeysWithValues: services.map { ($0.name, Latch<Void>()) })
        await withDiscardingTaskGroup { group in
            for service in services {
                let dependents = services.filter { other in
                    other.plan.dependencies.contains { $0.service == service.name }
                }
                group.addTask { [self] in
                    defer { latches[service.name]?.set(()) }
                    do {
                        for other in dependents { try await latches[other.name]?.wait() }
                    } catch {
                        return
                    }
                    await stop(service, options, failures)
                }
            }
        }
        return failures.all
    }

    private func stop(_ service: StackService, _ options: StopOptions, _ failures: TeardownFailures) async {
        defer { closePorts(of: service) }
        guard let activation = service.activation, activation.ended.value == nil else { return }
        activation.stop(makesRoom: options.makesRoom)
        if let incarnation = service.incarnation { await end(incarnation, of: service, options, failures) }
        do {
            try await activation.ended.wait()
        } catch {
            // Cut short: the sandbox's end takes it along.
        }
    }

    private func end(
        _ incarnation: StackService.Incarnation, of service: StackService, _ options: StopOptions,
        _ failures: TeardownFailures
    ) async {
        do {
            // What has been stopped where it is hears no signal.
            if service.isPaused { try await setPaused(false, service) }
            service.set(.stopping)
            var stop = ContainerStop(
                plan: service.plan, container: incarnation.container, exit: incarnation.exit, clock: clock,
                failures: failures, emit: { [self] in emit($0) })
            stop.gracePeriod = options.gracePeriod
            stop.skipsUnnoticed = true
            try await stop.perform()
        } catch {
            guard !Task.isCancelled else { return }
            failures.add(TeardownFailure(step: "kill \(service.name)", cause: error))
        }
    }

    /// Throws stopped containers away with all that they have written.
    func remove(_ services: [StackService]) async -> [TeardownFailure] {
        let failures = TeardownFailures()
        for service in services {
            do {
                try await sandbox.remove(service.plan, withVolumes: service.isOneOff)
                emit(.removed(service: service.name))
            } catch {
                failures.add(TeardownFailure(step: "remove \(service.name)", cause: error))
            }
        }
        return failures.all
    }

    /// Stops everything in reverse order of the dependencies and ends the sandbox. Safe to call while others wait.
    ///
    /// - Parameter interruption: Cuts it short when it becomes urgent: everything is killed then.
    /// - Returns: What failed; every step runs.
    public func close(_ options: StopOptions = StopOptions(), interruption: Interruption) async -> [TeardownFailure] {
        beginClosing()
        let start = clock.now
        emit(.teardownStarted)
        let stopped = Latch<[TeardownFailure]>()
        await interruption.untilUrgent { [self] in
            stopped.set(await stop(services, options))
        }
        let failures = (stopped.value ?? []) + (await sandbox.close())
        for service in services {
            service.activation?.stop()
            closePorts(of: service)
        }
        emit(.teardownEnded(failures, after: clock.now - start))
        return failures
    }

    func setPaused(_ isPaused: Bool, _ service: StackService) async throws {
        guard let incarnation = service.incarnation else { return }
        try await incarnation.container.setPaused(isPaused)
        service.state.withLock { $0.isPaused = isPaused }
        emit(.paused(service: service.name, isPaused))
    }
}
