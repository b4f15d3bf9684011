import EnvironmentFile
import Synchronization

/// An environment that stays up: its services are started, stopped and replaced one by one, for as long as it lives.
///
/// A ``Run`` boots a plan once. A stack has at any time a plan that it was asked for last and services that are on
/// their way to it. Operations that change it follow each other; waiting for readiness holds up none of them.
public final class Stack: Sendable {
    /// Where the lines go that the containers print.
    public typealias Output = @Sendable (_ container: ContainerPlan, LogLine) -> Void

    private struct State {
        var plan: Plan
        /// By the container's name.
        var services: [String: StackService] = [:]
        var isClosing = false
        /// By the service's name: those that are not settled.
        var switchovers: [String: Switchover] = [:]
        var names = ContainerNames()
        /// How many containers have been run once.
        var oneOffs = 0
        /// Volumes of the environment's file that these had, which stay whatever plan follows.
        var oneOffVolumes: [VolumePlan] = []
    }

    let sandbox: any Sandbox
    let clock: RunClock
    let executor: (any TaskExecutor)?
    let turn: OperationTurn
    let output: Output
    /// Seconds since 1970.
    let wallClock: @Sendable () -> Double
    private let sink: @Sendable (Event) -> Void
    private let state: Mutex<State>

    /// - Parameters:
    ///   - plan: What the sandbox was opened with; nothing of it is started yet.
    ///   - clock: All the time that the stack knows of, but for the times it shows.
    ///   - executor: Where its tasks execute; `nil`: the global pool.
    ///   - wallClock: Seconds since 1970.
    ///   - output: Called for every line that a container prints, in order; it must not block.
    ///   - events: Called for everything else that happens; it must not block.
    public init(
        plan: Plan, sandbox: any Sandbox, clock: any Clock<Duration>, executor: (any TaskExecutor)? = nil,
        wallClock: @escaping @Sendable () -> Double, output: @escaping Output,
        events: @escaping @Sendable (Event) -> Void
    ) {
        self.sandbox = sandbox
        self.clock = RunClock(clock)
        self.executor = executor
        self.wallClock = wallClock
        self.output = output
        turn = OperationTurn(on: executor)
        sink = events
        var empty = plan
        empty.containers = []
        empty.ports = []
        state = Mutex(State(plan: empty))
    }

    /// The plan that was asked for last; without containers before the first ``up(_:)``.
    public var plan: Plan { state.withLock { $0.plan } }

    /// Every container that the environment has, running or not, in boot order.
    public var statuses: [ServiceStatus] {
        let besides = besides
        return services.map { service in
            var status = service.status
            status.beside = besides[service.name]
            return status
        }
    }

    /// How many containers have not ended.
    public var runningCount: Int { services.count { $0.incarnation != nil } }

    /// Whether ``close(_:)`` has been called.
    public var isClosing: Bool { state.withLock { $0.isClosing } }

    /// In boot order; those that are not in the plan any more come last, by their names.
    var services: [StackService] {
        state.withLock { state in
            let planned = state.plan.containers.compactMap { state.services[$0.name] }
            let names = Set(state.plan.containers.map(\.name))
            let others = state.services.filter { !names.contains($0.key) }.sorted { $0.key < $1.key }
            return planned + others.map(\.value)
        }
    }

    /// The same without those that are run beside them.
    var ownServices: [StackService] { services.filter { !$0.isOneOff } }

    func service(_ name: String) -> StackService? { state.withLock { $0.services[name] } }

    func setPlan(_ plan: Plan) {
        state.withLock { state in
            state.plan = plan
            state.plan.addVolumes(state.oneOffVolumes)
        }
    }

    func add(_ service: StackService) { state.withLock { $0.services[service.name] = service } }

    func forget(_ service: StackService) { state.withLock { $0.services[service.name] = nil } }

    /// What runs, with the names that the file gives the containers: whose addresses a plan is to keep.
    public var runningPlan: Plan {
        var names = containerNames.written
        // Its address is in use, and is not the one of the service.
        for name in besides.keys { names[name] = "\(name)@beside" }
        return planWithOrphans(plan).renaming(names)
    }

    /// A plan of the file with the names that its containers have by now.
    public func withPresentNames(_ plan: Plan) -> Plan { plan.renaming(containerNames.current) }

    /// The same the other way round.
    public func withWrittenNames(_ plan: Plan) -> Plan { plan.renaming(containerNames.written) }

    /// As the file would call a container.
    public func writtenName(of container: String) -> String { containerNames.written[container] ?? container }

    /// The services that have been switched, or are being, and were not settled.
    public var unsettledSwitches: [String] { state.withLock { $0.switchovers.keys.sorted() } }

    var containerNames: ContainerNames { state.withLock { $0.names } }

    func nextName(of container: String) -> String { state.withLock { $0.names.next(of: container) } }

    func settleNames(_ sides: [Switchover.Side]) {
        state.withLock { state in
            for name in sides.map(\.container.name) { state.names.settle(ContainerNames.written(name), name) }
        }
    }

    func nextOneOffNumber() -> Int {
        state.withLock { state in
            state.oneOffs += 1
            return state.oneOffs
        }
    }

    func switchover(_ service: String) -> Switchover? { state.withLock { $0.switchovers[service] } }

    func setSwitchover(
        _ service: String, _ switchover: Switchover?, _ change: (inout Switchover) -> Void = { _ in }
    ) {
        var changed = switchover
        if var value = changed {
            change(&value)
            changed = value
        }
        state.withLock { $0.switchovers[service] = changed }
    }

    func mergeVolumes(_ volumes: [VolumePlan]) { state.withLock { $0.plan.addVolumes(volumes) } }

    /// Has the plan have volumes from now on, and every one after it.
    func keepVolumes(_ volumes: [VolumePlan]) {
        state.withLock { state in
            let known = Set(state.oneOffVolumes.map(\.name))
            state.oneOffVolumes += volumes.filter { $0.lifetime != .ephemeral && !known.contains($0.name) }
            state.plan.addVolumes(volumes)
        }
    }

    /// By the names of containers that a switch-over keeps beside: those that the service has.
    var besides: [String: String] {
        state.withLock { state in
            var result: [String: String] = [:]
            for switchover in state.switchovers.values {
                let pairs = zip(switchover.oldNames, switchover.newNames)
                for (old, new) in pairs {
                    if switchover.hasMoved { result[old] = new } else { result[new] = old }
                }
            }
            return result
        }
    }

    func beginClosing() { state.withLock { $0.isClosing = true } }

    func emit(_ kind: Event.Kind) { sink(Event(time: clock.now, kind: kind)) }

    // MARK: Choosing

    /// The containers of the services that are named, each by its service's name or its own, in boot order.
    ///
    /// - Parameter names: `nil`: all that the file has.
    /// - Throws: ``NoSuchService``.
    public func containers(named names: [String]?) throws(NoSuchService) -> [String] {
        let all = services
        let besides = besides
        guard let names else { return ownServices.map(\.name) }
        var chosen: Set<String> = []
        for name in names {
            let candidates = all.filter { $0.name == name || $0.plan.service == name }
            // Those that a switch-over keeps beside are meant only by names of their own.
            let own = candidates.filter { besides[$0.name] == nil }
            let matching = own.isEmpty ? candidates : own
            if matching.isEmpty { throw NoSuchService(name: name, known: known) }
            chosen.formUnion(matching.map(\.name))
        }
        return all.map(\.name).filter(chosen.contains)
    }

    /// The one container of a service.
    ///
    /// - Parameter number: Which of several; `nil`: the first.
    public func container(of service: String, number: Int? = nil) throws(NoSuchService) -> ServiceStatus {
        let all = statuses
        let candidates = all.filter { $0.container == service } + all.filter { $0.service == service }
        let own = candidates.filter { $0.beside == nil }
        let matching = own.isEmpty ? candidates : own
        guard let status = matching.first(where: { number == nil || $0.number == number }) else {
            throw NoSuchService(name: number.map { "\(service) number \($0)" } ?? service, known: known)
        }
        return status
    }

    private var known: [String] {
        var seen: Set<String> = []
        return services.map(\.plan.service).filter { seen.insert($0).inserted }
    }

    /// A container that runs, for processes to be started in it.
    ///
    /// - Returns: `nil` where it does not run.
    public func running(_ container: String) -> (container: any RunningContainer, plan: ContainerPlan)? {
        guard let service = service(container), let incarnation = service.incarnation else { return nil }
        return (incarnation.container, service.activation?.plan ?? service.plan)
    }
}

extension Plan {
    /// Adds those that are not there.
    fileprivate mutating func addVolumes(_ others: [VolumePlan]) {
        let known = Set(volumes.map(\.name))
        volumes += others.filter { !known.contains($0.name) }
    }
}

/// No service of that name is in the environment.
public struct NoSuchService: Error, Hashable, Sendable {
    /// What was asked for.
    public var name: String
    /// The services that there are, in boot order.
    public var known: [String]
}
