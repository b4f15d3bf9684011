import OrderedCollections

/// Finds services that wait for themselves.
struct CycleCheck {
    private let names: [String]
    private let edges: [[Dependency]]
    private let index: [String: Int]
    private let diagnostics: DiagnosticCollector

    private enum Mark {
        case new, onPath, done
    }

    init(environment: Environment, diagnostics: DiagnosticCollector) {
        names = Array(environment.services.keys)
        edges = environment.services.values.map(\.dependsOn)
        index = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
        self.diagnostics = diagnostics
    }

    /// Reports cycles, each with all of its edges; of cycles that share a service one is enough to begin with.
    ///
    /// Depth-first in the order of the file, with a stack of its own: a chain may be as long as the file.
    func run() {
        var marks = [Mark](repeating: .new, count: names.count)
        var reported: Set<Int> = []
        for root in names.indices where marks[root] == .new {
            var path: [(service: Int, next: Int)] = [(root, 0)]
            marks[root] = .onPath
            while let last = path.last {
                guard last.next < edges[last.service].count else {
                    marks[last.service] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                guard let target = index[edges[last.service][last.next].service] else { continue }
                switch marks[target] {
                case .new:
                    marks[target] = .onPath
                    path.append((target, 0))
                case .onPath:
                    if reported.contains(target) { continue }
                    let start = path.lastIndex { $0.service == target } ?? 0
                    reported.formUnion(path[start...].map(\.service))
                    report(path[start...].map { edges[$0.service][$0.next - 1] }, from: target)
                case .done: continue
                }
            }
        }
    }

    private func report(_ cycle: [Dependency], from start: Int) {
        guard let first = cycle.first else { return }
        var text = names[start]
        var dependent = names[start]
        var related: [Diagnostic.Related] = []
        for edge in cycle {
            let line = edge.position.line
            let place = edge.position.file == first.position.file ? "line \(line)" : "\(edge.position.file):\(line)"
            text += " → \(edge.service) (\(place))"
            related.append(
                Diagnostic.Related(edge.position, "'\(dependent)' waits for '\(edge.service)'"))
            dependent = edge.service
        }
        diagnostics.error(
            .dependencyCycle, at: first.position, "services wait for each other: \(text)",
            remedy: "remove one of these entries of 'depends_on'", related: Array(related.dropFirst()))
    }
}
