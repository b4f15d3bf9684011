import Glibc
import LinuxKernel
import OCI

/// Keeps an image from being removed as long as it lives.
///
/// A shared flock(2) on the manifest's blob: a process that inherits the descriptor by fork(2) shares the lock, and the
/// kernel drops it with the last of them.
public final class ImageHold: Sendable {
    private let file: OwnedDescriptor

    init(_ file: consuming OwnedDescriptor) { self.file = file }
}

extension ImageStore {
    /// Keeps an image and its layers in the store until the token goes.
    ///
    /// - Throws: ``ImageStoreError`` of kind `imageMissing` where it has been removed since it was resolved.
    public func retain(_ image: StoredImage) throws(ImageStoreError) -> ImageHold {
        try storing {
            let path = location.blob(image.digest)
            while true {
                guard let file = try openIfPresent(path, O_RDONLY) else {
                    throw ImageStoreError(.imageMissing(image.digest.description))
                }
                _ = try lockFile(file.rawValue, LOCK_SH)
                // Removed, or removed and imported again, before the lock was ours.
                if try isStill(file.rawValue, at: path) { return ImageHold(file) }
            }
        }
    }

    /// Makes sure that no container uses an image, and keeps it so.
    func lockForRemoval(_ entry: Descriptor) throws -> RemovalLock {
        let digest: Digest
        do {
            digest = try platformManifest(entry).digest
        } catch {
            // What can't be read can't be run either.
            return .locked(nil)
        }
        guard let file = try openIfPresent(location.blob(digest), O_RDONLY) else { return .locked(nil) }
        return try lockFile(file.rawValue, LOCK_EX | LOCK_NB) ? .locked(SharedDescriptor(file)) : .inUse
    }
}

/// Whether an image may be removed.
enum RemovalLock {
    case inUse
    /// As long as the descriptor lives, where there was something to lock.
    case locked(SharedDescriptor?)
}
