import EnvironmentFile
import Synchronization

/// One container's place in an environment that stays up: its plan, its present life and what is known of it.
final class StackService: Sendable {
    /// A container that has been started.
    struct Incarnation: Sendable {
        var container: any RunningContainer
        /// Set when it has ended.
        var exit = Latch<ExitStatus>()
    }

    struct State {
        var plan: ContainerPlan
        /// What is published for it while it runs.
        var plannedPorts: [PortPlan]
        var activation: Activation?
        var incarnation: Incarnation?
        var phase = ServiceStatus.State.created
        var isPaused = false
        var health: ServiceStatus.Health?
        var exit: ExitStatus?
        var reason: String?
        var startedAt: Double?
        var endedAt: Double?
        var restarts = 0
        /// What is open on the host.
        var ports: [PortPlan.Identity: (plan: PortPlan, port: any PublishedPort)] = [:]
        /// The ports that were bound before, for those that may be any.
        var earlierPorts: [PortPlan.Identity: UInt16] = [:]
    }

    let name: String
    /// The standard streams of a container that is run beside the environment's own until it ends; `nil`: one of these.
    let streams: [Int32]?
    let state: Mutex<State>

    init(_ plan: ContainerPlan, ports: [PortPlan], streams: [Int32]? = nil) {
        name = plan.name
        self.streams = streams
        state = Mutex(State(plan: plan, plannedPorts: ports))
    }

    var plan: ContainerPlan { state.withLock { $0.plan } }
    var plannedPorts: [PortPlan] { state.withLock { $0.plannedPorts } }
    var activation: Activation? { state.withLock { $0.activation } }
    var incarnation: Incarnation? { state.withLock { $0.incarnation } }
    var isPaused: Bool { state.withLock { $0.isPaused } }
    var isOneOff: Bool { streams != nil }

    /// It runs, or is about to, or has done its work.
    var isUp: Bool { activation.map { $0.isLive || ($0.isDone && $0.isStopping.value == nil) } ?? false }

    func set(_ phase: ServiceStatus.State, reason: String? = nil) {
        state.withLock { state in
            state.phase = phase
            state.reason = reason
        }
    }

    func began(_ incarnation: Incarnation, at time: Double) {
        state.withLock { state in
            state.incarnation = incarnation
            state.phase = .running
            state.reason = nil
            state.startedAt = time
            state.isPaused = false
            state.health = state.plan.readiness == nil ? nil : .starting
        }
    }

    func ended(_ status: ExitStatus, at time: Double) {
        state.withLock { state in
            state.incarnation = nil
            state.phase = .exited
            state.exit = status
            state.endedAt = time
            state.isPaused = false
            state.health = nil
        }
    }

    var status: ServiceStatus {
        state.withLock { state in
            let plan = state.plan
            let isPaused = state.isPaused && state.phase == .running
            return ServiceStatus(
                service: plan.service, container: plan.name, number: plan.lifecycle.replica?.number ?? 1,
                image: plan.image.reference, imageDigest: plan.image.digest, command: plan.process.arguments,
                state: isPaused ? .paused : state.phase, health: state.health,
                exit: state.phase == .running ? nil : state.exit, reason: state.reason, startedAt: state.startedAt,
                endedAt: state.endedAt, restarts: state.restarts, address: plan.address,
                ports: state.ports.values.map { ServiceStatus.Port(plan: $0.plan, hostPort: $0.port.hostPort) }
                    .sorted { ($0.plan.containerPort, $0.hostPort) < ($1.plan.containerPort, $1.hostPort) })
        }
    }
}

extension PortPlan {
    /// What makes a published port the same as another, wherever it leads.
    struct Identity: Hashable, Sendable {
        var hostAddress: String
        var hostPorts: [UInt16]
        var containerPort: UInt16
        var transport: Port.Transport
    }

    var identity: Identity {
        Identity(hostAddress: hostAddress, hostPorts: hostPorts, containerPort: containerPort, transport: transport)
    }
}
