import EnvironmentFile

/// Gets the images of a plan to be.
public struct ImagePreparer: Sendable {
    let environment: Environment
    let engine: any Engine
    let emit: @Sendable (Event.Kind) -> Void

    /// - Parameter emit: Called for what happens meanwhile.
    public init(environment: Environment, engine: any Engine, emit: @escaping @Sendable (Event.Kind) -> Void) {
        self.environment = environment
        self.engine = engine
        self.emit = emit
    }

    /// Prepares every image once, all at the same time.
    ///
    /// - Throws: ``BootError`` of phase `image`; `CancellationError`.
    public func prepareImages(for planner: Planner) async throws -> Planner.Images {
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
                group.addTask { (request, try await prepare(request, for: owner)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        return Planner.Images(
            services: Dictionary(
                requests.compactMap { service, request in images[request].map { (service.name, $0) } },
                uniquingKeysWith: { first, _ in first }),
            test: planner.testImageRequest.flatMap { images[$0] })
    }

    private func prepare(_ request: ImageRequest, for owner: Service?) async throws -> PreparedImage {
        emit(.imagePreparing(request))
        do {
            let image = try await engine.prepareImage(request) { progress in
                emit(.imageProgress(request, progress))
            }
            emit(.imageReady(image))
            return image
        } catch {
            if Task.isCancelled { throw CancellationError() }
            let position = owner.map { $0.build?.position ?? $0.image?.position ?? $0.position }
            throw BootError(
                service: owner?.name, phase: .image, reason: .engine(error),
                position: position ?? environment.test?.position)
        }
    }
}
