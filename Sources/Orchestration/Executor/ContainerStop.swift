/// The end of one container: its hooks, its stop signal, a while to go, and then the kill.
struct ContainerStop: Sendable {
    /// How long a container that was killed may take to be gone before others are seen to.
    static let killPeriod: Duration = .seconds(1)

    let plan: ContainerPlan
    let container: any RunningContainer
    /// Set when the container has ended.
    let exit: Latch<ExitStatus>
    let clock: RunClock
    let failures: TeardownFailures
    /// Instead of the plan's.
    var gracePeriod: Duration?
    /// Not to wait for the effect of a signal that the kernel drops.
    var skipsUnnoticed = false
    let emit: @Sendable (Event.Kind) -> Void

    private var grace: Duration { gracePeriod ?? plan.stop.gracePeriod }

    /// Returns when the container has ended, or `killPeriod` after the kill.
    ///
    /// - Throws: What the kill threw; `CancellationError`.
    func perform() async throws {
        if try await stopGracefully() { return }
        if Task.isCancelled { return }
        emit(.killing(service: plan.name))
        try await container.kill()
        _ = try await clock.wait(for: exit, until: clock.now + Self.killPeriod)
    }

    /// Whether the container has ended by its stop signal.
    private func stopGracefully() async throws -> Bool {
        guard plan.stop.isGraceful else { return false }
        await runHooks()
        if skipsUnnoticed, try await !isSignalNoticed() { return exit.value != nil }
        emit(.stopping(service: plan.name, signal: plan.stop.signal))
        do {
            try await container.send(signal: plan.stop.signal)
        } catch {
            if !Task.isCancelled {
                failures.add(TeardownFailure(step: "stop \(plan.name)", cause: error))
            }
            return false
        }
        return try await clock.wait(for: exit, until: clock.now + grace) != nil
    }

    private func isSignalNoticed() async throws -> Bool {
        do {
            return try await container.notices(signal: plan.stop.signal)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            // Who can't tell waits.
            return true
        }
    }

    /// Runs the hooks one after the other; one that fails keeps nothing from being stopped.
    private func runHooks() async {
        for hook in plan.lifecycle.preStop {
            do {
                let (status, output) = try await container.probe(hook.process, timeout: grace)
                if let status, status.isSuccess { continue }
                let command = hook.process.arguments.joined(separator: " ")
                let failure = HookFailure(command: command, status: status, output: output)
                failures.add(TeardownFailure(step: "pre_stop of \(plan.name)", cause: failure))
            } catch {
                if Task.isCancelled { return }
                failures.add(TeardownFailure(step: "pre_stop of \(plan.name)", cause: error))
            }
        }
    }
}
