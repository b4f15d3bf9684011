import Containers
import Orchestration
import Synchronization

/// What the name server knows of a plan, which may change under it.
final class KnownNames: Sendable {
    private let state: Mutex<(plan: Plan, translator: PlanTranslator)>

    init(_ plan: Plan, _ translator: PlanTranslator) { state = Mutex((plan, translator)) }

    var translator: PlanTranslator { state.withLock { $0.translator } }

    var contents: NameServer.Contents {
        let (plan, translator) = state.withLock { $0 }
        return NameDirectory(plan, translator.resolver).contents
    }

    func update(_ plan: Plan, _ translator: PlanTranslator) { state.withLock { $0 = (plan, translator) } }
}
