import Synchronization

extension Execution {
    /// Stops what wants to be stopped, in reverse order of the dependencies, then ends the sandbox; every step runs.
    func tearDown() async -> [TeardownFailure] {
        let failures = TeardownFailures()
        let isOrdered = services.contains { $0.plan.stop.isGraceful && $0.container != nil && $0.exit.value == nil }
        if isOrdered {
            await untilUrgent { [self] in
                await withDiscardingTaskGroup { group in
                    for service in services.reversed() {
                        group.addTask { await self.stop(service, failures) }
                    }
                }
            }
        }
        let closing = await sandbox.close()
        return failures.all + closing
    }

    /// Stops one service once all that depend on it are gone.
    private func stop(_ service: ServiceRun, _ failures: TeardownFailures) async {
        defer { service.stopped.set(()) }
        do {
            for edge in service.dependents { try await services[edge.node].stopped.wait() }
            guard let container = service.container, service.exit.value == nil else { return }
            let stop = ContainerStop(
                plan: service.plan, container: container, exit: service.exit, clock: clock, failures: failures,
                emit: { [self] in emit($0) })
            try await stop.perform()
        } catch {
            // Cut short; the sandbox takes the container with it.
            guard !Task.isCancelled else { return }
            failures.add(TeardownFailure(step: "kill \(service.plan.name)", cause: error))
        }
    }
}

/// A hook that did not exit with 0.
struct HookFailure: Error, CustomStringConvertible {
    var command: String
    /// `nil`: it took too long.
    var status: ExitStatus?
    var output: String

    var description: String {
        let end = status?.text ?? "did not end in time"
        return "'\(command)' \(end)\(output.isEmpty ? "" : ": \(output.prefix { !$0.isNewline })")"
    }
}
