import Orchestration
import Synchronization

/// What a terminal is shown of an environment that is up.
struct Attachment: Sendable {
    /// Where lines go; made once it is known who prints.
    let output: DeferredOutput
    /// The environment ends with the first container.
    var abortsOnExit = false
    /// Whose exit code the command's is.
    var exitCodeFrom: String?

    func begin(_ plan: Plan) { output.begin(plan.containers.map { ($0.name, $0.service) }) }
}

/// The terminal's output, once it is known who prints.
final class DeferredOutput: Sendable {
    private let output = Mutex<AttachedOutput?>(nil)
    /// Services whose lines are shown; empty: all.
    private let shown: Set<String>
    private let hidden: Set<String>
    private let hasPrefix: Bool

    init(shown: [String], hidden: [String], hasPrefix: Bool = true) {
        self.shown = Set(shown)
        self.hidden = Set(hidden)
        self.hasPrefix = hasPrefix
    }

    func begin(_ containers: [(name: String, service: String)]) {
        let services = Dictionary(containers.map { ($0.name, $0.service) }, uniquingKeysWith: { first, _ in first })
        let made = AttachedOutput(containers: containers.map(\.name), hasPrefix: hasPrefix) { [shown, hidden] name in
            let service = services[name] ?? name
            return (shown.isEmpty || shown.contains(service)) && !hidden.contains(service)
        }
        output.withLock { $0 = made }
    }

    func write(_ text: String, of container: String) { output.withLock { $0 }?.write(text, of: container) }
}
