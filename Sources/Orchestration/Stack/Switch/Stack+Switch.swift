import EnvironmentFile
import Synchronization

extension Stack {
    /// What a service is switched over to.
    public struct SwitchRequest: Sendable {
        /// The service as the file has it.
        public var service: String
        /// The environment as it is to be, made with ``Stack/planToSwitch(_:)``; only the service's part counts.
        public var plan: Plan
        /// Old and new may have a volume at once that both can write to.
        public var sharesVolumes = false

        /// A switch-over of that service.
        public init(service: String, plan: Plan) {
            self.service = service
            self.plan = plan
        }
    }

    /// What a planner is told that runs, so that the service gets addresses of its own beside those that are in use.
    public func planToSwitch(_ service: String) -> Plan {
        let plan = runningPlan
        let own = plan.containers.filter { $0.service == service }.map(\.name)
        // By a name that no service can have, so that it is nobody's address to keep.
        return plan.renaming(Dictionary(uniqueKeysWithValues: own.map { ($0, "\($0)@old") }))
    }

    /// Starts new containers of a service beside those that it has, waits until they are ready, and has the service's
    /// names and ports lead to them. Those that it had run on until ``commitSwitch(_:)`` or ``rollBackSwitch(_:untilReady:)``.
    ///
    /// When it fails, the new ones are taken away, and everything is as it was.
    ///
    /// - Parameter untilReady: Waits for these containers.
    /// - Throws: ``SwitchError``; ``NoSuchService``; what `untilReady` throws; ``StackClosing``.
    public func switchOver(
        _ request: SwitchRequest, untilReady: ([String]) async throws -> Void
    ) async throws {
        let switchover = try await turn.take { try await startBeside(request) }
        do {
            try await untilReady(switchover.newNames)
            try await turn.take {
                if isClosing { throw StackClosing() }
                try await move(request.service, from: switchover.old, to: switchover.new)
                settleNames(switchover.new)
                setSwitchover(request.service, switchover) { $0.hasMoved = true }
            }
            emit(.switched(service: request.service, from: switchover.oldNames, to: switchover.newNames))
        } catch {
            await takeAway(switchover.newNames, settling: request.service)
            throw error
        }
    }

    /// Takes the containers away that a service had before it was switched.
    ///
    /// - Returns: What failed; every step runs.
    /// - Throws: ``SwitchError``: `notSwitched`.
    public func commitSwitch(_ service: String) async throws -> [TeardownFailure] {
        try await turn.take {
            guard let switchover = self.switchover(service), switchover.hasMoved else {
                throw SwitchError(service: service, kind: .notSwitched)
            }
            return try await remove(switchover.oldNames, settling: service)
        }
    }

    /// Has a service's names and ports lead to the containers again that it had before it was switched, and takes the
    /// new ones away.
    ///
    /// - Parameter untilReady: Waits for these containers, which are started again where they have ended.
    /// - Returns: What failed; every step runs.
    /// - Throws: ``SwitchError``: `notSwitched`; what `untilReady` throws, with everything as it was.
    public func rollBackSwitch(
        _ service: String, untilReady: ([String]) async throws -> Void
    ) async throws -> [TeardownFailure] {
        let switchover = try await turn.take {
            guard let switchover = self.switchover(service), switchover.hasMoved else {
                throw SwitchError(service: service, kind: .notSwitched)
            }
            try await activate(services.filter { switchover.oldNames.contains($0.name) })
            return switchover
        }
        try await untilReady(switchover.oldNames)
        return try await turn.take {
            // Somebody else may have settled it meanwhile.
            guard self.switchover(service)?.hasMoved ?? false else {
                throw SwitchError(service: service, kind: .notSwitched)
            }
            try await move(service, from: switchover.new, to: switchover.old)
            settleNames(switchover.old)
            emit(.switched(service: service, from: switchover.newNames, to: switchover.oldNames))
            return try await remove(switchover.newNames, settling: service)
        }
    }

    // MARK: Beside

    private func startBeside(_ request: SwitchRequest) async throws -> Switchover {
        if isClosing { throw StackClosing() }
        let switchover = try plan(request)
        for side in switchover.new {
            // Nobody knows it by the service's names yet, and nothing leads to it.
            add(StackService(side.container.withoutNames, ports: []))
        }
        setSwitchover(request.service, switchover)
        do {
            // Volumes that only the new version has are known from here on.
            mergeVolumes(request.plan.volumes)
            try await sandbox.update(to: planWithOrphans(plan))
            try await activate(services.filter { switchover.newNames.contains($0.name) })
        } catch {
            _ = try await remove(switchover.newNames, settling: request.service)
            throw error
        }
        return switchover
    }

    /// Stops containers and takes them away; the service can be switched again.
    private func remove(_ names: [String], settling service: String) async throws -> [TeardownFailure] {
        let gone = services.filter { names.contains($0.name) }
        await settle(gone, of: service)
        let failures = await stop(gone, StopOptions().makingRoom)
        let removed = await remove(gone)
        for container in gone { forget(container) }
        setSwitchover(service, nil)
        try await sandbox.update(to: planWithOrphans(plan))
        return failures + removed
    }

    /// How long connections to the side that goes may take to end, or to be answered.
    private static let settlingTime: Duration = .seconds(5)

    /// Lets what has been asked of containers by the ports of those that took their places be answered.
    private func settle(_ gone: [StackService], of service: String) async {
        guard let switchover = switchover(service), switchover.hasMoved else { return }
        let sides = Set(switchover.oldNames + switchover.newNames)
        let ports = services.filter { sides.contains($0.name) }.flatMap { service in
            service.state.withLock { $0.ports.values.map(\.port) }
        }
        await withDiscardingTaskGroup { group in
            for port in ports {
                for address in gone.map(\.plan.address) {
                    group.addTask {
                        // Cancelled: nobody waits for it any longer.
                        do { try await port.settle(address, timeout: Self.settlingTime) } catch {}
                    }
                }
            }
        }
    }

    /// The same after a failure, which is what is told.
    private func takeAway(_ names: [String], settling service: String) async {
        // Its own task: that of a command that has gone is cancelled, and would leave them here.
        let task = Task(executorPreference: executor) { [self] in
            do {
                report(try await turn.take { try await remove(names, settling: service) })
            } catch {
                report([TeardownFailure(step: "take away \(names.joined(separator: ", "))", cause: error)])
            }
        }
        await task.value
    }

    // MARK: Moving

    /// Has names and ports lead from one side to the other.
    ///
    /// Both sides answer all the while: whoever still has an old address, or has just opened a connection, is served.
    private func move(_ name: String, from: [Switchover.Side], to: [Switchover.Side]) async throws {
        let pairs = zip(from, to)
        let moves = pairs.flatMap { $0.container.moves(to: $1.container) }
        let names = Dictionary(
            pairs.map { ($0.container.name, $1.container.name) }, uniquingKeysWith: { first, _ in first })
        // First what can fail: a port that only the new side has.
        try await openMissingPorts(from, to)
        var plan = self.plan
        plan.containers = plan.containers.map { container in
            to.first { names[container.name] == $0.container.name }?.container
                ?? container.referring(names).moving(moves)
        }
        plan.ports = plan.ports.filter { names[$0.service] == nil } + to.flatMap(\.ports)
        plan.hosts = plan.hosts.moving(moves)
        for service in services {
            service.state.withLock { state in
                if let side = to.first(where: { $0.container.name == service.name }) {
                    state.plan = side.container
                    state.plannedPorts = side.ports
                } else if let side = from.first(where: { $0.container.name == service.name }) {
                    state.plan = side.container.withoutNames
                    state.plannedPorts = []
                } else {
                    state.plan = state.plan.referring(names).moving(moves)
                }
            }
        }
        setPlan(plan)
        try await sandbox.update(to: planWithOrphans(plan))
        try await sandbox.moveNames(moves, except: from.map(\.container.name))
        for (old, new) in pairs { handOver(old, new) }
    }

    private func openMissingPorts(_ from: [Switchover.Side], _ to: [Switchover.Side]) async throws {
        for (old, new) in zip(from, to) {
            guard let former = service(old.container.name), let next = service(new.container.name) else { continue }
            let open = Set(former.state.withLock { $0.ports.keys })
            let missing = new.ports.filter { !open.contains($0.identity) }
            let before = next.plannedPorts
            next.state.withLock { $0.plannedPorts = missing }
            defer { next.state.withLock { $0.plannedPorts = before } }
            try await openPorts(of: [next])
        }
    }

    /// Open connections stay where they are; new ones go to the other side.
    private func handOver(_ old: Switchover.Side, _ new: Switchover.Side) {
        guard let former = service(old.container.name), let next = service(new.container.name) else { return }
        for port in new.ports {
            let identity = port.identity
            let taken = former.state.withLock { $0.ports.removeValue(forKey: identity) }
            guard let taken else { continue }
            taken.port.retarget(to: port.address)
            next.state.withLock { state in
                state.ports[identity] = (port, taken.port)
                state.earlierPorts[identity] = taken.port.hostPort
            }
        }
    }
}
