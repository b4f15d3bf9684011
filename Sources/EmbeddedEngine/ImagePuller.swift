import OCI
import Orchestration

/// Who fetches images from registries; the engine itself speaks to none.
public protocol ImagePuller: Sendable {
    /// Fetches an image into the store, under its name.
    ///
    /// - Parameters:
    ///   - platform: `linux/arm64` and the like; `nil`: this machine's.
    ///   - progress: May be called from any thread.
    /// - Throws: ``EngineError`` of kinds `imageMissing`, `imageUnavailable` and `imageInvalid`.
    func pull(
        _ reference: Reference, platform: String?, progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws
}
