import EnvironmentFile
import Synchronization

extension Stack {
    /// What is wanted of an environment.
    public struct UpRequest: Sendable {
        /// The plan; its networks are those that the sandbox was opened with.
        public var plan: Plan
        /// What is to be seen to and how.
        public var options: Reconciliation.Options

        /// A plan that is to run as it is.
        public init(plan: Plan, options: Reconciliation.Options = Reconciliation.Options()) {
            self.plan = plan
            self.options = options
        }
    }

    /// What would be done to come to that; nothing is.
    public func reconciliation(_ request: UpRequest) -> Reconciliation {
        Reconciliation(present: present, networks: plan.networks, wanted: request.plan, options: request.options)
    }

    private var present: [Reconciliation.Present] {
        ownServices.map { service in
            let status = service.status
            let ending = status.exit.map { "it \($0.text)" } ?? status.reason ?? "it does not run"
            return Reconciliation.Present(
                plan: service.plan, ports: service.plannedPorts, isUp: service.isUp, ending: ending)
        }
    }

    /// Brings the environment to a plan: what has changed is replaced, what is missing is started; the rest is left
    /// alone. Returns when everything has been set going, and does not wait until it is ready.
    ///
    /// - Returns: What was done.
    /// - Throws: ``BootError`` of phase `port` with everything as it was; ``SwitchError`` while a switch-over is not
    ///   settled; ``OneOffError`` where the name of what is run beside is one of the file by now; ``StackClosing``.
    @discardableResult
    public func up(_ request: UpRequest) async throws -> Reconciliation {
        try await turn.take {
            if isClosing { throw StackClosing() }
            if let service = unsettledSwitches.first { throw SwitchError(service: service, kind: .unsettled) }
            if let oneOff = services.first(where: { $0.isOneOff && request.plan.has($0.name) }) {
                throw OneOffError(container: oneOff.name, kind: .nameTaken)
            }
            let reconciliation = reconciliation(request)
            for change in reconciliation.changes where change.action != .keep { emit(.changing(change)) }
            try await perform(reconciliation.changes, request)
            return reconciliation
        }
    }

    private func perform(_ changes: [StackChange], _ request: UpRequest) async throws {
        let actions = Dictionary(uniqueKeysWithValues: changes.map { ($0.container, $0.action) })
        func services(_ wanted: StackChange.Action...) -> [StackService] {
            self.services.filter { service in actions[service.name].map(wanted.contains) ?? false }
        }
        try await changePorts(request.plan, actions)
        let failures = await stop(services(.replace, .restart, .remove), StopOptions().makingRoom)
        let gone = services(.remove)
        // One that has ended by itself has written something too.
        let removed = await remove(services(.replace) + gone)
        for service in gone { forget(service) }
        report(failures + removed)
        try await sandbox.update(to: planWithOrphans(request.plan))
        setPlan(request.plan)
        for container in request.plan.containers {
            let action = actions[container.name] ?? .keep
            let ports = request.plan.ports.filter { $0.service == container.name }
            if let service = service(container.name) {
                // One that is not seen to keeps the plan that it runs by.
                let isAdjusted = request.options.chosen?.contains(container.name) ?? true
                guard isAdjusted else { continue }
                service.state.withLock { state in
                    state.plan = container
                    state.plannedPorts = ports
                }
            } else if action == .create {
                add(StackService(container, ports: ports))
            }
        }
        try await activate(services(.create, .start, .replace, .restart))
    }

    /// Opens the new ports of what runs on before anything is stopped, so that a port that is taken changes nothing.
    private func changePorts(_ plan: Plan, _ actions: [String: StackChange.Action]) async throws {
        for container in plan.containers where actions[container.name] == .publish {
            guard let service = service(container.name) else { continue }
            let ports = plan.ports.filter { $0.service == container.name }
            let before = service.plannedPorts
            closePorts(of: service, except: Set(ports.map(\.identity)))
            service.state.withLock { $0.plannedPorts = ports }
            do {
                try await openPorts(of: [service])
            } catch {
                service.state.withLock { $0.plannedPorts = before }
                try await openPorts(of: [service])
                throw error
            }
        }
    }

    /// What stays although the file does not have it is still known by its name.
    func planWithOrphans(_ plan: Plan) -> Plan {
        var result = plan
        let names = Set(plan.containers.map(\.name))
        result.containers += services.map(\.plan).filter { !names.contains($0.name) }
        return result
    }

    /// Has what could not be done told as events.
    public func report(_ failures: [TeardownFailure]) {
        for failure in failures { emit(.teardownFailed(failure)) }
    }

    /// Waits until containers are ready, or have done their work.
    ///
    /// - Parameter names: `nil`: all.
    /// - Throws: ``BootError`` of the first that fails; `CancellationError`.
    public func waitUntilReady(_ names: [String]?) async throws {
        let chosen = ownServices.filter { names?.contains($0.name) ?? true }
        let activations = chosen.compactMap(\.activation)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for activation in activations {
                group.addTask {
                    if case .failed(let error) = try await activation.outcome.wait() { throw error }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// The environment is being taken down.
public struct StackClosing: Error, Hashable, Sendable {
    /// Takes no properties.
    public init() {}
}
