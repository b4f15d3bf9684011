import EnvironmentFile
import Synchronization

/// One service during a run: what it has reached and who waits for that.
final class ServiceRun: Sendable {
    struct State {
        var timings: RunTimings.ServiceTimings
        var container: (any RunningContainer)?
        /// The test no longer waits for this service.
        var isSettled = false
    }

    let plan: ContainerPlan
    /// With the place of each in the plan.
    let dependencies: [Graph.Edge]
    let dependents: [Graph.Edge]
    /// Whether its failure fails the run: unless all who depend on it can do without.
    let isEssential: Bool
    let hasPorts: Bool
    let isAwaitedByTest: Bool
    let observation: ContainerObservation

    let milestones = Milestones()
    let exit = Latch<ExitStatus>()
    /// Set by the teardown.
    let stopped = Latch<Void>()
    let state: Mutex<State>

    init(
        _ plan: ContainerPlan, number: Int, graph: Graph, isEssential: Bool, hasPorts: Bool, isAwaitedByTest: Bool
    ) throws(PlanErrors) {
        self.plan = plan
        dependencies = graph.dependencies[number]
        dependents = graph.dependents[number]
        self.isEssential = isEssential
        self.hasPorts = hasPorts
        self.isAwaitedByTest = isAwaitedByTest
        observation = try ContainerObservation(plan)
        state = Mutex(State(timings: RunTimings.ServiceTimings(name: plan.name)))
    }

    var logs: LogTail { observation.logs }
    var container: (any RunningContainer)? { state.withLock { $0.container } }

    /// Somebody waits for its end, so its end is no failure.
    var isAwaitedToComplete: Bool {
        isAwaitedByTest || dependents.contains { $0.dependency.condition == .completedSuccessfully }
    }

    /// Somebody waits for its health and has not seen it.
    var isHealthMissed: Bool {
        healthy.value != true && dependents.contains { $0.dependency.condition == .healthy }
    }

    var started: Latch<Bool> { milestones.started }
    var healthy: Latch<Bool> { milestones.healthy }
    var completed: Latch<Bool> { milestones.completed }

    func latch(for condition: Dependency.Condition) -> Latch<Bool> { milestones.latch(for: condition) }

    /// Nothing that has not been reached yet will be.
    func giveUp() { milestones.giveUp() }
}
