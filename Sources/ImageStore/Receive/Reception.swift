import CLinux
import Glibc
import LinuxKernel
import OCI

extension ImageStore {
    /// Begins to collect content from elsewhere; removes what killed writers have left.
    public func receive() throws(ImageStoreError) -> Reception {
        try storing {
            _ = try sweepDownloads()
            let staging = try Staging(in: location)
            try location.makeLayout(staging: staging)
            return Reception(self, staging)
        }
    }
}

/// Content on its way into the store: a pull, an archive that is loaded, the uploads of a registry.
///
/// What has been received or found through it stays in the store as long as it lives, also before an image has it.
/// Every method may be called from any thread; they block.
public final class Reception: Sendable {
    /// What is to be done for a blob.
    public enum Claim: Sendable {
        /// It is there, and unpacked where that was asked for.
        case present
        /// It is to be fetched, from ``BlobReceiver/offset`` on.
        case missing(BlobReceiver)
    }

    let store: ImageStore
    let staging: Staging
    let pins: Pins

    var location: StoreLocation { store.location }

    init(_ store: ImageStore, _ staging: Staging) {
        self.store = store
        self.staging = staging
        pins = Pins(store.location)
    }

    /// Whether a blob is in the store, where it stays then until the reception ends.
    public func has(_ digest: Digest) throws(ImageStoreError) -> Bool { try storing { try pins.pinBlob(digest) } }

    /// Adds a document: a configuration, a manifest, an index.
    ///
    /// - Parameter digest: What it must be; `nil`: anything.
    /// - Returns: Its digest.
    @discardableResult
    public func add(_ bytes: [UInt8], digest: Digest? = nil) throws(ImageStoreError) -> Digest {
        try storing {
            let actual = Digest(of: bytes)
            if let digest, digest != actual {
                throw ImageStoreError(.digestMismatch(expected: digest, actual: actual))
            }
            if try pins.pinBlob(actual) { return actual }
            let path = temporaryPath()
            let file = SharedDescriptor(try .open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o644))
            try writeAll(bytes, to: file.rawValue)
            try install(file, at: path, as: actual)
            return actual
        }
    }

    /// Takes the sole right on this machine to fetch a blob; waits while another process or thread has it.
    ///
    /// One thread must not claim a blob twice at a time; different ones it may.
    ///
    /// - Parameters:
    ///   - layer: The diff id of a layer that is to be unpacked; `nil`: the blob is only stored.
    ///   - limits: What the layer may unpack to.
    ///   - onWait: Called once before waiting.
    public func claim(
        _ blob: Descriptor, layer: Digest? = nil, limits: UnpackLimits = UnpackLimits(), onWait: () -> Void = {}
    ) throws(ImageStoreError) -> Claim {
        try storing {
            if try isPresent(blob, layer: layer) { return .present }
            let claim = try ContentClaim(blob.digest, in: location, onWait: onWait)
            if try isPresent(blob, layer: layer) { return .present }
            if let layer, try pins.pinBlob(blob.digest) {
                let directory = layerDirectory(blob.digest)
                try store.unpack(blob, diffID: layer, into: directory, limits: limits, isCancelled: { false })
                try place(directory, as: layer)
                withExtendedLifetime(claim) {}
                return .present
            }
            return .missing(
                try BlobReceiver(blob, layer: layer, limits: limits, claim: claim, reception: self))
        }
    }

    /// Begins a blob whose digest will be known at its end.
    public func upload() throws(ImageStoreError) -> BlobUpload { try storing { try BlobUpload(self) } }

    private func isPresent(_ blob: Descriptor, layer: Digest?) throws -> Bool {
        guard try pins.pinBlob(blob.digest) else { return false }
        let file = try OwnedDescriptor.open(location.blob(blob.digest), O_RDONLY)
        let size = try Self.size(of: file.rawValue, location.blob(blob.digest))
        guard size == blob.size else {
            throw ImageStoreError(.sizeMismatch(blob.digest, expected: blob.size, actual: size))
        }
        guard let layer else { return true }
        return try store.isUnpacked(layer) && pins.pinLayer(layer)
    }
}

extension Reception {
    /// A name of its own in the reception's directory.
    func temporaryPath() -> String { "\(staging.path)/\(UInt64.random(in: .min ... .max))" }

    /// Where the layer of a blob is unpacked.
    func layerDirectory(_ blob: Digest) -> String { "\(staging.path)/layer-\(blob.hex)" }

    /// Puts a complete and checked file in place as a blob, and pins it.
    ///
    /// - Parameter file: What `path` leads to.
    func install(_ file: SharedDescriptor, at path: String, as digest: Digest) throws(SystemCallError) {
        try checked("fdatasync", path) { fdatasync(file.rawValue) }
        // Before others can see it: between there and the pin somebody could remove it.
        _ = try lockFile(file.rawValue, LOCK_SH)
        repeat { try installBlob(path, at: location.blob(digest)) } while try !pins.pinBlob(digest)
        unlink(path)
    }

    /// Puts an unpacked layer in place, and pins it.
    func place(_ directory: String, as diffID: Digest) throws {
        let lock = SharedDescriptor(try .open(directory, O_RDONLY | O_DIRECTORY))
        _ = try lockFile(lock.rawValue, LOCK_SH)
        repeat { try store.place(directory, as: diffID) } while try !pins.pinLayer(diffID)
        withExtendedLifetime(lock) {}
    }

    static func size(of file: CInt, _ path: String) throws(SystemCallError) -> Int64 {
        var status = stat()
        try checked("fstat", path) { fstat(file, &status) }
        return Int64(status.st_size)
    }
}

/// Gives a complete file the name of a blob; the same content that is there already stays, with the locks on it.
func installBlob(_ path: String, at target: String) throws(SystemCallError) {
    do {
        try checked("link", target) { link(path, target) }
    } catch {
        if error.errno != EEXIST { throw error }
    }
}
