import EnvironmentFile
import Synchronization

extension Stack {
    /// Starts containers that have ended or were stopped, with what they have written; returns at once.
    ///
    /// What they depend on is waited for where it is starting, and not started.
    ///
    /// - Throws: ``BootError`` of phase `port`; ``StackClosing``.
    public func start(_ names: [String]) async throws {
        try await turn.take {
            if isClosing { throw StackClosing() }
            try await activate(services.filter { names.contains($0.name) })
        }
    }

    /// Stops containers in reverse order of their dependencies; their file systems stay.
    ///
    /// - Returns: What failed; every step runs.
    /// - Throws: `CancellationError`.
    public func stop(_ names: [String], _ options: StopOptions = StopOptions()) async throws -> [TeardownFailure] {
        try await turn.take { await stop(services.filter { names.contains($0.name) }, options) }
    }

    /// Stops containers and starts them again, also those that do not run; what depends on them with `restart: true`
    /// follows.
    ///
    /// - Returns: What failed, of steps that all run, and what was restarted, in boot order.
    /// - Throws: ``BootError`` of phase `port`; ``StackClosing``.
    public func restart(
        _ names: [String], _ options: StopOptions = StopOptions(), withDependents: Bool = true
    ) async throws -> (failures: [TeardownFailure], restarted: [String]) {
        try await turn.take {
            if isClosing { throw StackClosing() }
            var chosen = Set(names)
            // In boot order, so that dependents of dependents are found too.
            for service in services where withDependents && !chosen.contains(service.name) {
                let follows = service.plan.dependencies.contains { $0.restart && chosen.contains($0.service) }
                if follows && service.incarnation != nil { chosen.insert(service.name) }
            }
            let affected = services.filter { chosen.contains($0.name) }
            let failures = await stop(affected, options.makingRoom)
            try await activate(affected)
            return (failures, affected.map(\.name))
        }
    }

    /// Stops containers and throws them away.
    ///
    /// - Throws: `CancellationError`.
    public func remove(_ names: [String], _ options: StopOptions = StopOptions()) async throws -> [TeardownFailure] {
        try await turn.take {
            let affected = services.filter { names.contains($0.name) }
            let failures = await stop(affected, options)
            let removed = await remove(affected)
            for service in affected { service.state.withLock { $0.phase = .created } }
            return failures + removed
        }
    }

    /// Sends a signal to the first processes of containers.
    ///
    /// - Returns: The names of those that ran.
    public func signal(_ names: [String], _ signal: Int32) async throws -> [String] {
        var reached: [String] = []
        for service in services where names.contains(service.name) {
            guard let incarnation = service.incarnation else { continue }
            try await incarnation.container.send(signal: signal)
            reached.append(service.name)
        }
        return reached
    }

    /// Stops the processes of containers where they are, or lets them go on.
    ///
    /// - Returns: The names of those that ran.
    public func setPaused(_ isPaused: Bool, _ names: [String]) async throws -> [String] {
        try await turn.take {
            var reached: [String] = []
            for service in services where names.contains(service.name) && service.incarnation != nil {
                try await setPaused(isPaused, service)
                reached.append(service.name)
            }
            return reached
        }
    }

    /// Whether an environment may end with the end of a container, which has just been told: not with that of one that
    /// makes room for another, or is run beside.
    public func isOwnEnd(of container: String) -> Bool {
        guard !isClosing, let service = service(container), !service.isOneOff else { return false }
        return !(service.activation?.makesRoom ?? false)
    }

    /// Waits until everything has ended for good that the file has, also what takes others' places meanwhile.
    ///
    /// - Throws: `CancellationError`.
    public func waitUntilEnded() async throws {
        var isOver = false
        while !isOver {
            try await waitForEnds(ownServices.map(\.name)) { _, _ in }
            // Who makes room for another is followed by it before the next operation.
            isOver = try await turn.take {
                ownServices.allSatisfy { $0.activation?.ended.value != nil || $0.activation == nil }
            }
        }
    }

    /// Waits until containers have ended for good, over restarts by their policy.
    ///
    /// - Returns: The name and the end of each in the order in which they ended; `nil`: it never ran.
    /// - Throws: `CancellationError`.
    public func waitForEnds(
        _ names: [String], each: @escaping @Sendable (String, ExitStatus?) -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services where names.contains(service.name) {
                group.addTask {
                    try await service.activation?.ended.wait()
                    each(service.name, service.status.exit)
                }
            }
            try await group.waitForAll()
        }
    }
}
