import EnvironmentFile

/// What is seen of a container from its first line on: its last lines, and the conditions of its readiness.
struct ContainerObservation: Sendable {
    let watches: [ConditionWatch]
    let logs: LogTail

    /// - Throws: ``PlanErrors`` where a pattern that is waited for is none.
    init(_ plan: ContainerPlan) throws(PlanErrors) {
        let conditions = plan.readiness?.conditions ?? []
        var watches: [ConditionWatch] = []
        do throws(LogPattern.Invalid) {
            for condition in conditions { watches.append(try ConditionWatch(condition)) }
        } catch {
            let kind = PlanError.Kind.invalidPattern(
                service: plan.name, pattern: "\(conditions)", reason: error.reason)
            throw PlanErrors([PlanError(kind, at: plan.position)])
        }
        self.watches = watches
        logs = LogTail(
            watching: watches.compactMap { watch in
                if case .line(let pattern, let found) = watch.kind { (pattern, found) } else { nil }
            })
    }
}
