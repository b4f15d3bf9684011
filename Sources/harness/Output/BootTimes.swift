import EnvironmentFile
import Orchestration

/// When the services of an environment came up, and which chain of dependencies took longest.
struct BootTimes {
    private struct Times {
        var began: Duration?
        var done: Duration?
        var dependencies: Set<String> = []
    }

    /// By service; of several containers of one, the last counts.
    private var services: [String: Times] = [:]
    private var serviceOfContainer: [String: String] = [:]

    mutating func note(_ event: Event) {
        switch event.kind {
        case .planned(let plan):
            services = [:]
            for container in plan.containers {
                serviceOfContainer[container.name] = container.service
                services[container.service, default: Times()].dependencies.formUnion(
                    container.dependencies.map(\.service))
            }
        case .starting(let name): change(name) { if $0.began == nil { $0.began = event.time } }
        case .started(let name): change(name) { $0.done = event.time }
        case .ready(let name, _): change(name) { $0.done = event.time }
        case .exited(let name, _, isExpected: true): change(name) { $0.done = event.time }
        default: break
        }
    }

    private mutating func change(_ container: String, _ body: (inout Times) -> Void) {
        guard let service = serviceOfContainer[container] else { return }
        body(&services[service, default: Times()])
    }

    /// The services that one after the other made the boot as long as it was, and what each has taken of it; the first
    /// that was started is the first.
    var longestWay: [(service: String, took: Duration)] {
        var way: [(service: String, took: Duration)] = []
        var next = last(of: services.keys)
        while let name = next, let times = services[name], let done = times.done, let began = times.began {
            way.append((name, done - began))
            next = last(of: times.dependencies.subtracting(way.map(\.service)))
        }
        return way.reversed()
    }

    private func last(of names: some Sequence<String>) -> String? {
        names.filter { services[$0]?.done != nil }.sorted().max {
            (services[$0]?.done ?? .zero) < (services[$1]?.done ?? .zero)
        }
    }

    /// `db 1.2 s, web 8.1 ms`; `nil` where there is but one service.
    var text: String? {
        guard services.count > 1, !longestWay.isEmpty else { return nil }
        return longestWay.map { "\($0.service) \($0.took.short)" }.joined(separator: ", ")
    }
}
