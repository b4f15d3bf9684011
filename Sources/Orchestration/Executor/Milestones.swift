import EnvironmentFile

/// What a service reaches on its way, each at most once; `false`: it will never come to that.
final class Milestones: Sendable {
    let started = Latch<Bool>()
    let healthy = Latch<Bool>()
    let completed = Latch<Bool>()

    func latch(for condition: Dependency.Condition) -> Latch<Bool> {
        switch condition {
        case .started: started
        case .healthy: healthy
        case .completedSuccessfully: completed
        }
    }

    /// Nothing that has not been reached yet will be.
    func giveUp() {
        started.set(false)
        healthy.set(false)
        completed.set(false)
    }
}
