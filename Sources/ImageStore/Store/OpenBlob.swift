import Glibc
import LinuxKernel
import OCI

/// A blob that is being read; it stays in the store as long as the object lives.
public final class OpenBlob: Sendable {
    /// What it is.
    public let digest: Digest
    /// In bytes.
    public let size: Int64
    private let file: SharedDescriptor

    /// Open for reading, at the blob's beginning; the object's own.
    public var descriptor: CInt { file.rawValue }

    init(_ digest: Digest, _ file: SharedDescriptor) throws(SystemCallError) {
        self.digest = digest
        self.file = file
        size = try Reception.size(of: file.rawValue, digest.description)
    }
}

extension ImageStore {
    /// Whether a blob is in the store, from where it may go with the next removal.
    public func contains(_ digest: Digest) throws(ImageStoreError) -> Bool {
        access(location.blob(digest), F_OK) == 0
    }

    /// Opens a blob.
    ///
    /// - Throws: ``ImageStoreError`` of kind `blobMissing`.
    public func openBlob(_ digest: Digest) throws(ImageStoreError) -> OpenBlob {
        try storing {
            guard let file = try lockShared(location.blob(digest), O_RDONLY) else {
                throw ImageStoreError(.blobMissing(digest))
            }
            return try OpenBlob(digest, file)
        }
    }

    /// A document's bytes, checked against its digest.
    ///
    /// - Throws: ``ImageStoreError``: `blobMissing`, `digestMismatch`; `systemCall` with `EFBIG` above 4 MiB.
    public func documentBytes(_ digest: Digest) throws(ImageStoreError) -> [UInt8] {
        try storing { try location.documentBytes(digest) }
    }

    /// What a name stands for: the entry of the index, a manifest or an image index.
    public func entry(_ name: String) throws(ImageStoreError) -> Descriptor {
        try storing { try entry(for: name, in: try IndexFile(location)) }
    }

    /// Every entry of the index, with its name where it has one.
    public func entries() throws(ImageStoreError) -> [(reference: Reference?, descriptor: Descriptor)] {
        try storing { try IndexFile(location).index.manifests.map { (IndexFile.reference(of: $0), $0) } }
    }

    /// The manifest of an entry that fits a platform best, among those that the store has.
    ///
    /// - Parameter platform: `nil`: this machine.
    public func manifest(
        of entry: Descriptor, platform: Platform? = nil
    ) throws(ImageStoreError) -> (digest: Digest, manifest: Manifest) {
        try storing { try platformManifest(entry, platform ?? .host) }
    }

    /// When a name was pulled, in seconds since the epoch; `nil` where it was not, or is not there.
    public func pulledTime(_ reference: Reference) throws(ImageStoreError) -> Int64? {
        try storing {
            try IndexFile(location).entry(named: reference)?.annotations?[Descriptor.pulledTime].flatMap { Int64($0) }
        }
    }
}
