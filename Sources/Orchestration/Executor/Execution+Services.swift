import EnvironmentFile

extension Execution {
    /// The plan's services with their places in the graph.
    static func services(of plan: Plan, graph: Graph) throws -> [ServiceRun] {
        // Against the order of boot: whoever depends on a service has been judged before it.
        var isEssential = [Bool](repeating: true, count: plan.containers.count)
        for number in graph.bootOrder.reversed() where !graph.dependents[number].isEmpty {
            isEssential[number] = graph.dependents[number].contains { edge in
                edge.dependency.isRequired && isEssential[edge.node]
            }
        }
        let publishing = Set(plan.ports.map(\.service))
        let test = plan.test?.dependencies ?? []
        let required = Set(test.filter(\.isRequired).map(\.service))
        let completing = Set(test.filter { $0.condition == .completedSuccessfully }.map(\.service))
        return try plan.containers.enumerated().map { number, container in
            try ServiceRun(
                container, number: number, graph: graph,
                isEssential: isEssential[number] || plan.test?.place == .service(container.name)
                    || required.contains(container.name),
                hasPorts: publishing.contains(container.name),
                isAwaitedByTest: completing.contains(container.name))
        }
    }
}
