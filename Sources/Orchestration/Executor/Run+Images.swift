import EnvironmentFile

extension Run {
    /// Prepares every image once, all at the same time.
    func prepareImages(_ planner: Planner, _ clock: RunClock) async throws -> Planner.Images {
        let requests = planner.imageRequests
        var owners: [ImageRequest: Service?] = [:]
        var distinct: [ImageRequest] = []
        for (service, request) in requests where owners[request] == nil {
            owners[request] = service
            distinct.append(request)
        }
        if let request = planner.testImageRequest, owners[request] == nil { distinct.append(request) }
        let images = try await withThrowingTaskGroup(of: (ImageRequest, PreparedImage).self) { group in
            for request in distinct {
                let owner = owners[request] ?? nil
                group.addTask { (request, try await prepare(request, for: owner, clock)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        return Planner.Images(
            services: Dictionary(
                requests.compactMap { service, request in images[request].map { (service.name, $0) } },
                uniquingKeysWith: { first, _ in first }),
            test: planner.testImageRequest.flatMap { images[$0] })
    }

    private func prepare(
        _ request: ImageRequest, for owner: Service?, _ clock: RunClock
    ) async throws -> PreparedImage {
        emit(.imagePreparing(request), clock)
        do {
            let image = try await engine.prepareImage(request) { progress in
                emit(.imageProgress(request, progress), clock)
            }
            emit(.imageReady(image), clock)
            return image
        } catch {
            if Task.isCancelled { throw CancellationError() }
            let position = owner.map { $0.build?.position ?? $0.image?.position ?? $0.position }
            throw BootError(
                service: owner?.name, phase: .image, reason: .engine(error),
                position: position ?? environment.test?.position)
        }
    }

    private func emit(_ kind: Event.Kind, _ clock: RunClock) { events(Event(time: clock.now, kind: kind)) }
}

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
        return try plan.containers.enumerated().map { number, container in
            do {
                return try ServiceRun(
                    container, number: number, graph: graph,
                    isEssential: isEssential[number] || plan.test?.place == .service(container.name),
                    hasPorts: publishing.contains(container.name))
            } catch let invalid as LogPattern.Invalid {
                let kind = PlanError.Kind.invalidPattern(
                    service: container.name, pattern: "\(container.readiness?.conditions ?? [])", reason: invalid.reason
                )
                throw PlanErrors([PlanError(kind, at: container.position)])
            }
        }
    }
}
