import EnvironmentFile
import Synchronization

extension Stack {
    /// Watches a container's readiness, and then its health check for as long as it lives.
    ///
    /// - Parameter start: When the time in which it has to become ready began.
    func followHealth(
        _ incarnation: StackService.Incarnation, _ activation: Activation, of service: StackService,
        from start: Duration
    ) async {
        guard let readiness = activation.plan.readiness else { return }
        let target = ProbeTarget(
            sandbox: sandbox, container: incarnation.container, plan: activation.plan, clock: clock)
        do {
            try await awaitReadiness(readiness, target, activation, of: service, from: start)
            if let check = readiness.healthcheck {
                try await observe(check, target, activation, of: service)
            }
        } catch {
            // The container has ended, or is about to be.
        }
    }

    private func awaitReadiness(
        _ readiness: ReadinessPlan, _ target: ProbeTarget, _ activation: Activation, of service: StackService,
        from start: Duration
    ) async throws(CancellationError) {
        let name = service.name
        let wait = ReadinessWait(plan: readiness, watches: activation.observation.watches, target: target) {
            [self] probe, outcome in
            emit(.probed(service: name, probe: probe, outcome))
        }
        do {
            try await wait.wait(from: start)
            emit(.ready(service: name, after: clock.now - start))
            service.state.withLock { $0.health = .healthy }
            activation.milestones.healthy.set(true)
            if !isAwaitedToComplete(name) { activation.outcome.set(.settled) }
        } catch ReadinessFailure.unhealthy(let failures, let last) {
            unready(activation, of: service, .unhealthy(failures: failures, last: last))
        } catch ReadinessFailure.timedOut(let timeout, let unmet) {
            unready(activation, of: service, .neverReady(within: timeout, unmet))
        } catch {
            throw CancellationError()
        }
    }

    /// The container goes on, so that one can look into it; whoever waits for it has waited long enough.
    private func unready(_ activation: Activation, of service: StackService, _ reason: BootError.Reason) {
        service.state.withLock { $0.health = .unhealthy }
        activation.milestones.healthy.set(false)
        let error = BootError(
            service: service.name, phase: .readiness, reason: reason, logs: activation.logs.lines,
            position: activation.plan.position)
        if activation.outcome.set(.failed(error)) { emit(.serviceFailed(error)) }
    }

    /// Looks once every interval; so many failures in a row make it unhealthy, one success healthy.
    private func observe(
        _ check: HealthcheckPlan, _ target: ProbeTarget, _ activation: Activation, of service: StackService
    ) async throws(CancellationError) {
        let probe = CommandProbe(arguments: check.arguments)
        let interval = max(check.interval, .milliseconds(1))
        var failures = 0
        while true {
            do { try await clock.sleep(until: clock.now + interval) } catch { throw CancellationError() }
            // What has been stopped where it is can't answer.
            if service.isPaused { continue }
            let outcome = try await probe.look(at: target, timeout: check.timeout)
            emit(.probed(service: service.name, probe: "health check", outcome))
            if case .notYet(let seen) = outcome {
                failures += 1
                if failures >= max(check.retries, 1) { setHealth(.unhealthy, seen: seen, of: service) }
            } else {
                failures = 0
                activation.recover()
                setHealth(.healthy, seen: "", of: service)
            }
        }
    }

    private func setHealth(_ health: ServiceStatus.Health, seen: String, of service: StackService) {
        let isNew = service.state.withLock { state in
            defer { state.health = health }
            return state.health != health
        }
        if isNew { emit(.healthChanged(service: service.name, isHealthy: health == .healthy, seen: seen)) }
    }
}
