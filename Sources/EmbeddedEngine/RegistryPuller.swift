import ImageStore
import ImageTransfer
import LinuxKernel
import OCI
import Orchestration
import RegistryProtocol

/// Fetches the images of an environment from their registries.
public struct RegistryPuller: ImagePuller {
    private let store: ImageStore
    private let loop: EventLoop
    private let reportWarning: @Sendable (String) -> Void

    /// - Parameter reportWarning: Gets sentences about what is waited for.
    public init(places: Places, loop: EventLoop, reportWarning: @escaping @Sendable (String) -> Void) {
        store = ImageStore(places.store)
        self.loop = loop
        self.reportWarning = reportWarning
    }

    /// Fetches an image; on cancellation the helper is ended, and the store is as it was.
    public func pull(
        _ reference: Reference, platform: String?, progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws {
        var options = ImagePull.Options(reference)
        options.platform = platform.flatMap { Platform($0) }
        do {
            let (name, reportWarning) = (reference.familiar, self.reportWarning)
            let pull = try ImagePull(options, into: store) { event in
                switch event {
                case .progress(let state): progress(ImageProgress(state))
                case .waiting: progress(ImageProgress(step: "waiting for another process that pulls it"))
                case .notice(let text): reportWarning("\(name): \(text)")
                }
            }
            try await withTaskCancellationHandler {
                _ = try await loop.offload { try pull.run() }
            } onCancel: {
                pull.cancel()
            }
        } catch let error as RegistryError {
            try Task.checkCancellation()
            throw EngineError(error, image: reference.familiar)
        } catch let error as ImageStoreError {
            try Task.checkCancellation()
            throw EngineError(error, image: reference.familiar)
        } catch let error as DocumentError {
            throw EngineError(.imageInvalid(reference.familiar, reason: error.description))
        }
    }
}

extension EngineError {
    /// What a registry did not give.
    init(_ error: RegistryError, image: String) {
        switch error.kind {
        case .answerInvalid, .digestMismatch, .unsupported:
            self.init(.imageInvalid(image, reason: error.message), remedy: error.remedy)
        default: self.init(.imageUnavailable(image, reason: error.message), remedy: error.remedy)
        }
    }
}

extension ImageProgress {
    /// How far a pull is, in megabytes (powers of ten).
    init(_ progress: TransferProgress) {
        guard progress.bytes < progress.total else {
            self.init(step: "unpacking", fraction: 1)
            return
        }
        let (bytes, total) = (progress.bytes / 1_000_000, (progress.total + 999_999) / 1_000_000)
        self.init(
            step: "pulling (\(bytes) of \(total) MB)",
            fraction: Double(progress.bytes) / Double(max(progress.total, 1)))
    }
}
