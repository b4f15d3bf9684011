import Glibc
import ImageStore
import LinuxKernel
import OCI
import Orchestration
import Synchronization

// Images of files (`oci:PATH` and the like). The store keeps them, so that they are read once. Where a policy does not say
// otherwise, they are read again when the files have changed; no registry is asked, so being offline changes nothing.
extension EmbeddedEngine {
    /// The image in files that a name means; `nil` where it means one of a registry.
    static func fileImage(_ name: String) throws -> FileImage? {
        do {
            return try FileImage(name)
        } catch {
            throw EngineError(error, image: name)
        }
    }

    func find(
        _ image: FileImage, _ request: ImageRequest, _ progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws -> PreparedImage {
        let name = image.description
        do {
            let known = try stored(name, request.platform)
            switch try decision(image, request.policy, isStored: known != nil) {
            case .useStored: break
            case .fail: throw ImageStoreError(.imageMissing(name))
            case .pull:
                try await read(image, progress)
                guard let read = try stored(name, request.platform) else {
                    let platform = request.platform ?? Platform.host.description
                    throw ImageStoreError(.imageInvalid("it is not for \(platform)"))
                }
                return try keep(read, reference: name)
            }
            guard let known else { throw ImageStoreError(.imageMissing(name)) }
            return try keep(known, reference: name)
        } catch let error as ImageStoreError {
            if case .systemCall(let call) = error.kind, call.errno == ENOENT {
                throw EngineError(.imageUnavailable(name, reason: "there is no '\(call.subject)'"))
            }
            throw EngineError(error, image: name)
        }
    }

    private func decision(
        _ image: FileImage, _ policy: PullPolicy, isStored: Bool
    ) throws -> PullPolicy.Decision {
        if policy == .missing { return try isStored && store.isCurrent(image) ? .useStored : .pull }
        let situation = PullPolicy.Situation(
            isStored: isStored, pulled: try pulledTime(image.description, policy), now: Int64(time(nil)))
        return policy.decision(situation)
    }

    private func read(_ image: FileImage, _ progress: @escaping @Sendable (ImageProgress) -> Void) async throws {
        let isCancelled = Cancellation()
        let store = self.store
        let loaded = try await withTaskCancellationHandler {
            try await loop.offload {
                try store.fetch(
                    image, now: Int64(time(nil)),
                    progress: { progress(ImageProgress(step: "\($0.step) (\($0.bytes / 1_000_000) MB)")) },
                    isCancelled: { isCancelled.value })
            }
        } onCancel: {
            isCancelled.cancel()
        }
        for (reason, count) in loaded.omissions.sorted(by: { $0.key < $1.key }) {
            reportWarning("image '\(image)': left out: \(reason) (\(count))")
        }
    }
}
