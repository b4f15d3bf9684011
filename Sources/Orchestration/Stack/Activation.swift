import EnvironmentFile
import Synchronization

/// One life of a service: from the wish to have it run, over all its restarts, to its stop or its end for good.
final class Activation: Sendable {
    /// What came of the wish.
    enum Outcome: Sendable {
        /// Ready, done in the case of a one-shot, or started where nothing says more.
        case settled
        case failed(BootError)
        /// Stopped before it came to that.
        case stopped
    }

    private struct State {
        var milestones = Milestones()
        var task: Task<Void, Never>?
        /// When its first container was started.
        var firstStart: Duration?
        var makesRoom = false
    }

    let plan: ContainerPlan
    let observation: ContainerObservation
    /// Set when it is to end.
    let isStopping = Latch<Void>()
    let outcome = Latch<Outcome>()
    /// Set when nothing more will happen.
    let ended = Latch<Void>()
    private let state = Mutex(State())

    init(_ plan: ContainerPlan) throws(PlanErrors) {
        self.plan = plan
        observation = try ContainerObservation(plan)
    }

    var logs: LogTail { observation.logs }
    var milestones: Milestones { state.withLock { $0.milestones } }

    /// Nobody has asked it to end, and it has not done so by itself.
    var isLive: Bool { ended.value == nil && isStopping.value == nil }

    /// It has done its work: nobody needs to start it again.
    var isDone: Bool { milestones.completed.value == true }

    /// The task that carries it out.
    func begin(_ task: Task<Void, Never>) { state.withLock { $0.task = task } }

    /// It is stopped only for another life of the service, or because that is not wanted any more.
    var makesRoom: Bool { state.withLock { $0.makesRoom } }

    /// Has its task end soon; its container is the caller's to end.
    func stop(makesRoom: Bool = false) {
        state.withLock { $0.makesRoom = makesRoom }
        isStopping.set(())
        state.withLock { $0.task }?.cancel()
    }

    /// Notes a start.
    ///
    /// - Returns: When the time in which it has to become ready began: a crash does not start that anew.
    func started(at now: Duration) -> Duration {
        state.withLock { state in
            // What was reached counts for the container that had reached it. Whoever still waits goes on waiting.
            if let wasHealthy = state.milestones.healthy.value {
                state.milestones = Milestones()
                if wasHealthy { state.firstStart = nil }
            }
            let first = state.firstStart ?? now
            state.firstStart = first
            state.milestones.started.set(true)
            return first
        }
    }

    /// It has become healthy after all.
    func recover() {
        state.withLock { state in
            guard state.milestones.healthy.value == false else { return }
            state.milestones = Milestones()
            state.milestones.started.set(true)
            state.milestones.healthy.set(true)
        }
    }
}
