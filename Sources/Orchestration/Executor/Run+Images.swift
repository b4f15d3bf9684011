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

    func emit(_ kind: Event.Kind, _ clock: RunClock) { events(Event(time: clock.now, kind: kind)) }
}
