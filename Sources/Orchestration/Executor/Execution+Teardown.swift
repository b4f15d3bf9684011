import Synchronization

extension Execution {
    /// How long a container that was killed may take to be gone before the next one is taken down.
    private static let killPeriod: Duration = .seconds(1)

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
            if try await stopGracefully(service, container, failures) { return }
            if Task.isCancelled { return }
            emit(.killing(service: service.plan.name))
            try await container.kill()
            _ = try await clock.wait(for: service.exit, until: clock.now + Self.killPeriod)
        } catch {
            // Cut short; the sandbox takes the container with it.
            guard !Task.isCancelled else { return }
            failures.add(TeardownFailure(step: "kill \(service.plan.name)", cause: error))
        }
    }

    /// Runs the hooks one after the other; one that fails keeps nothing from being stopped.
    private func runPreStop(
        of service: ServiceRun, in container: any RunningContainer, _ failures: TeardownFailures
    ) async {
        for hook in service.plan.lifecycle.preStop {
            do {
                let (status, output) = try await container.probe(hook.process, timeout: service.plan.stop.gracePeriod)
                if let status, status.isSuccess { continue }
                let command = hook.process.arguments.joined(separator: " ")
                let failure = HookFailure(command: command, status: status, output: output)
                failures.add(TeardownFailure(step: "pre_stop of \(service.plan.name)", cause: failure))
            } catch {
                if Task.isCancelled { return }
                failures.add(TeardownFailure(step: "pre_stop of \(service.plan.name)", cause: error))
            }
        }
    }

    /// Whether the service has ended by its stop signal.
    private func stopGracefully(
        _ service: ServiceRun, _ container: any RunningContainer, _ failures: TeardownFailures
    ) async throws -> Bool {
        let stop = service.plan.stop
        guard stop.isGraceful else { return false }
        await runPreStop(of: service, in: container, failures)
        emit(.stopping(service: service.plan.name, signal: stop.signal))
        do {
            try await container.send(signal: stop.signal)
        } catch {
            if !Task.isCancelled {
                failures.add(TeardownFailure(step: "stop \(service.plan.name)", cause: error))
            }
            return false
        }
        return try await clock.wait(for: service.exit, until: clock.now + stop.gracePeriod) != nil
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

/// What failed so far, in the order in which it did.
private final class TeardownFailures: Sendable {
    private let failures = Mutex<[TeardownFailure]>([])

    var all: [TeardownFailure] { failures.withLock { $0 } }

    func add(_ failure: TeardownFailure) { failures.withLock { $0.append(failure) } }
}
