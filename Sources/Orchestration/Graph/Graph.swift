import EnvironmentFile
import OrderedCollections

/// Who depends on whom: a directed graph without cycles whose edges are `depends_on` entries.
///
/// Nodes are numbered in the order in which they were given (the order of the file).
public struct Graph: Sendable {
    /// The services' names by their number.
    public let names: [String]
    /// By number: what each service depends on, in the order of the file, without optional services that are missing.
    public let dependencies: [[Edge]]
    /// By number: who depends on each service.
    public let dependents: [[Edge]]
    /// The numbers by boot level: those of level 0 depend on nobody, and each other is one above its highest
    /// dependency. In a level, the order of the file.
    public let levels: [[Int]]

    /// One dependency as a node sees it.
    public struct Edge: Hashable, Sendable {
        /// The number of the service at the other end.
        public var node: Int
        /// The `depends_on` entry.
        public var dependency: Dependency
    }

    /// The graph of an environment's services, or of those of them that `services` names.
    ///
    /// - Throws: ``PlanErrors`` with every required dependency that does not exist, or with one cycle.
    public init(_ environment: Environment, services: Set<String>? = nil) throws(PlanErrors) {
        let chosen = environment.services.values.filter { services?.contains($0.name) ?? true }
        try self.init(chosen.map { Node(name: $0.name, dependencies: $0.dependsOn) })
    }

    /// The graph of a plan's containers.
    public init(_ plan: Plan) throws(PlanErrors) {
        try self.init(plan.containers.map { Node(name: $0.name, dependencies: $0.dependencies) })
    }

    private struct Node {
        var name: String
        var dependencies: [Dependency]
    }

    private init(_ nodes: [Node]) throws(PlanErrors) {
        names = nodes.map(\.name)
        let numbers = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        (dependencies, dependents) = try Self.edges(of: nodes, numbers: numbers)
        levels = try Self.levels(names: names, dependencies: dependencies, dependents: dependents)
    }

    private static func edges(
        of nodes: [Node], numbers: [String: Int]
    ) throws(PlanErrors) -> (dependencies: [[Edge]], dependents: [[Edge]]) {
        var dependencies = [[Edge]](repeating: [], count: nodes.count)
        var dependents = dependencies
        var errors: [PlanError] = []
        for (number, node) in nodes.enumerated() {
            for dependency in node.dependencies {
                if let other = numbers[dependency.service] {
                    dependencies[number].append(Edge(node: other, dependency: dependency))
                    dependents[other].append(Edge(node: number, dependency: dependency))
                } else if dependency.isRequired {
                    errors.append(
                        PlanError(
                            .undefinedDependency(service: node.name, dependency: dependency.service),
                            at: dependency.position))
                }
            }
        }
        if !errors.isEmpty { throw PlanErrors(errors) }
        return (dependencies, dependents)
    }

    /// Peels off, again and again, the nodes that wait for nobody any more (Kahn's algorithm).
    private static func levels(
        names: [String], dependencies: [[Edge]], dependents: [[Edge]]
    ) throws(PlanErrors) -> [[Int]] {
        var missing = dependencies.map(\.count)
        var level = missing.indices.filter { missing[$0] == 0 }
        var levels: [[Int]] = []
        var placed = 0
        while !level.isEmpty {
            levels.append(level)
            placed += level.count
            var next: [Int] = []
            for node in level {
                for edge in dependents[node] {
                    missing[edge.node] -= 1
                    if missing[edge.node] == 0 { next.append(edge.node) }
                }
            }
            level = next.sorted()
        }
        guard placed == names.count else {
            throw PlanErrors([cycle(names: names, dependencies: dependencies, isLeft: missing.map { $0 > 0 })])
        }
        return levels
    }

    /// Walks along what is left after the peeling, where everybody depends on somebody who is left too, until it
    /// comes back to where it has been.
    private static func cycle(names: [String], dependencies: [[Edge]], isLeft: [Bool]) -> PlanError {
        var node = isLeft.firstIndex(of: true) ?? 0
        var path: [(node: Int, edge: Edge)] = []
        var places: [Int: Int] = [:]
        while places[node] == nil, let edge = dependencies[node].first(where: { isLeft[$0.node] }) {
            places[node] = path.count
            path.append((node, edge))
            node = edge.node
        }
        let edges = path[(places[node] ?? 0)...].map {
            PlanError.CycleEdge(
                from: names[$0.node], to: names[$0.edge.node], position: $0.edge.dependency.position)
        }
        return PlanError(.dependencyCycle(edges), at: edges.first?.position)
    }

    /// The numbers in boot order: by level, and in a level by the order of the file.
    public var bootOrder: [Int] { levels.flatMap(\.self) }

    /// The chain of dependencies that took longest, first the one that booted first, and how long it took.
    ///
    /// - Parameter weight: How long a service took on its own, by its number.
    public func criticalPath(_ weight: (Int) -> Duration) -> (path: [Int], total: Duration) {
        var totals = [Duration](repeating: .zero, count: names.count)
        var previous = [Int?](repeating: nil, count: names.count)
        var last: Int?
        for node in bootOrder {
            for edge in dependencies[node] where previous[node].map({ totals[edge.node] > totals[$0] }) ?? true {
                previous[node] = edge.node
            }
            totals[node] = (previous[node].map { totals[$0] } ?? .zero) + weight(node)
            if last.map({ totals[node] > totals[$0] }) ?? true { last = node }
        }
        var path: [Int] = []
        var next = last
        while let node = next {
            path.append(node)
            next = previous[node]
        }
        return (path.reversed(), last.map { totals[$0] } ?? .zero)
    }

    /// The named services and all that they depend on, directly or not.
    static func closure(of selected: some Sequence<String>, in environment: Environment) -> Set<String> {
        var closure: Set<String> = []
        var waiting = Array(selected)
        while let name = waiting.popLast() {
            guard let service = environment.services[name], closure.insert(name).inserted else { continue }
            waiting.append(contentsOf: service.dependsOn.map(\.service))
        }
        return closure
    }
}
