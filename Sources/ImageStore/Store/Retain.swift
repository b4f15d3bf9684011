import Glibc
import LinuxKernel
import OCI

/// Keeps an image from being removed as long as it lives.
///
/// A shared flock(2) on the manifest's blob: a process that inherits the descriptor by fork(2) shares the lock, and the
/// kernel drops it with the last of them.
public final class ImageHold: Sendable {
    private let file: SharedDescriptor

    init(_ file: SharedDescriptor) { self.file = file }
}

extension ImageStore {
    /// Keeps an image and its layers in the store until the token goes.
    ///
    /// - Throws: ``ImageStoreError`` of kind `imageMissing` where it has been removed since it was resolved.
    public func retain(_ image: StoredImage) throws(ImageStoreError) -> ImageHold {
        try storing {
            guard let file = try lockShared(location.blob(image.digest), O_RDONLY) else {
                throw ImageStoreError(.imageMissing(image.digest.description))
            }
            // The time of its last use, by which it is pruned; somebody else's store is only read.
            futimens(file.rawValue, nil)
            return ImageHold(file)
        }
    }

    /// Makes sure that nobody uses an image that goes, and keeps it so as long as the result lives.
    ///
    /// - Parameter file: The index without the image.
    /// - Returns: The locks on those manifests that no other image of the index has; `nil` where one is in use.
    func lockForRemoval(_ entry: Descriptor, from file: IndexFile) throws -> [Digest: SharedDescriptor]? {
        var kept: Set<Digest> = []
        var layers: Set<Digest> = []
        for other in file.index.manifests where other.digest != entry.digest {
            try collect(other, blobs: &kept, layers: &layers)
        }
        var locks: [Digest: SharedDescriptor] = [:]
        for digest in try manifests(of: entry) where !kept.contains(digest) {
            guard let blob = try openIfPresent(location.blob(digest), O_RDONLY) else { continue }
            guard try lockFile(blob.rawValue, LOCK_EX | LOCK_NB) else { return nil }
            locks[digest] = SharedDescriptor(blob)
        }
        return locks
    }

    /// The digests of all manifests that an entry leads to, in the store or not; what can't be read leads nowhere.
    private func manifests(of entry: Descriptor) throws -> Set<Digest> {
        guard MediaType.isIndex(entry.mediaType) else { return [entry.digest] }
        do {
            return Set(try location.readDocument(Index.self, entry.digest).manifests.map(\.digest))
        } catch is DocumentError {
            return []
        } catch let error as ImageStoreError {
            switch error.kind {
            case .blobMissing, .digestMismatch: return []
            default: throw error
            }
        }
    }
}
