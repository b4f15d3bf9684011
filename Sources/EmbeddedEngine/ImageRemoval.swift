import ImageBuild
import ImageStore
import OCI
import Orchestration

extension EmbeddedEngine {
    /// Removes images from the store, as far as nobody uses them.
    ///
    /// What was made of packages goes by the name that it was given by itself; a name of the file goes only with `named`.
    ///
    /// - Parameter named: Images that the file names go too.
    /// - Returns: The names that went, and what could not be removed; every step runs.
    public func removeImages(
        _ requests: [ImageRequest], named: Bool
    ) -> (removed: [String], failures: [TeardownFailure]) {
        releaseImages()
        var removed: [String] = []
        var failures: [TeardownFailure] = []
        for request in requests {
            do {
                for name in try names(of: request, named: named) where try remove(name) { removed.append(name) }
            } catch {
                failures.append(TeardownFailure(step: "remove the image \(request.name)", cause: error))
            }
        }
        return (removed, failures)
    }

    private func names(of request: ImageRequest, named: Bool) throws -> [String] {
        switch request.source {
        case .reference(let name): return named ? [name] : []
        case .packages(let packages, let distribution, let tag):
            if tag != nil, !named { return [] }
            let own = try PackageImageBuilder(store).reference(packages: packages, distribution: distribution)
            return [own.description] + (tag.map { [$0] } ?? [])
        }
    }

    /// False where there is none of that name.
    private func remove(_ name: String) throws -> Bool {
        do {
            return try !store.remove(name).names.isEmpty
        } catch {
            if case .imageMissing = error.kind { return false }
            throw error
        }
    }
}
