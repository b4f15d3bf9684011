import OrderedCollections

/// Finds services that wait for themselves.
struct CycleCheck {
    let environment: Environment
    let diagnostics: DiagnosticCollector

    private enum Mark {
        case onPath, done
    }

    /// Reports cycles, each with all of its edges; of cycles that share a service one is enough to begin with.
    ///
    /// Depth-first in the order of the file, with a stack of its own: a chain may be as long as the file.
    func run() {
        var marks: [String: Mark] = [:]
        var reported: Set<String> = []
        for root in environment.services.keys where marks[root] == nil {
            var path: [(service: String, next: Int)] = [(root, 0)]
            marks[root] = .onPath
            while let last = path.last {
                guard let edges = environment.services[last.service]?.dependsOn, last.next < edges.count else {
                    marks[last.service] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let target = edges[last.next].service
                guard environment.services[target] != nil else { continue }
                switch marks[target] {
                case nil:
                    marks[target] = .onPath
                    path.append((target, 0))
                case .onPath:
                    if reported.contains(target) { continue }
                    let start = path.lastIndex { $0.service == target } ?? 0
                    let cycle = path[start...].map { ($0.service, $0.next - 1) }
                    for (service, _) in cycle { reported.insert(service) }
                    report(cycle)
                case .done: continue
                }
            }
        }
    }

    private func report(_ cycle: [(service: String, edge: Int)]) {
        let edges = cycle.compactMap { environment.services[$0.service]?.dependsOn[$0.edge] }
        guard let first = edges.first, let start = cycle.first else { return }
        var text = start.service
        for edge in edges {
            let line = edge.position.line
            let place = edge.position.file == first.position.file ? "line \(line)" : "\(edge.position.file):\(line)"
            text += " → \(edge.service) (\(place))"
        }
        diagnostics.error(
            .dependencyCycle, at: first.position, "services wait for each other: \(text)",
            remedy: "remove one of these entries of 'depends_on'")
    }
}
