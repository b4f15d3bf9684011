import Glibc
import LinuxKernel
import OCI

extension Reception {
    /// Puts a manifest or an index in place whose parts have been received, and names it, in one step as others see it.
    ///
    /// - Parameters:
    ///   - root: As the registry or archive gave it, byte for byte.
    ///   - mediaType: What it is.
    ///   - references: Names, kept as they are; another image that had one loses it. With none, the document is only
    ///     kept as long as the reception lives.
    ///   - pulled: Seconds since the epoch where it comes from a registry, for pull policies.
    ///   - stamp: What tells whether the files that it comes from have changed since.
    /// - Returns: The entry of the index.
    /// - Throws: ``ImageStoreError``: `blobsMissing` where the store lacks what the image needs; `document` where the root
    ///   can't be read. Nothing has changed then.
    @discardableResult
    public func commit(
        _ root: [UInt8], mediaType: String, as references: [Reference], pulled: Int64? = nil, stamp: String? = nil
    ) throws(ImageStoreError) -> Descriptor {
        try storing {
            let digest = try add(root)
            var parts = ImageParts()
            try parts.add(root, digest: digest, mediaType: mediaType, from: location)
            let missing = try parts.blobs.filter { try !pins.pinBlob($0) }
            guard missing.isEmpty else { throw ImageStoreError(.blobsMissing(missing.sorted())) }
            var entry = Descriptor(mediaType: mediaType, digest: digest, size: Int64(root.count))
            if let pulled { entry.annotations = [Descriptor.pulledTime: "\(pulled)"] }
            if let stamp {
                entry.annotations = (entry.annotations ?? [:]).merging([Descriptor.fileStamp: stamp]) { $1 }
            }
            guard !references.isEmpty else { return entry }
            let writing = try Staging(in: location)
            let lock = try StoreLock(location)
            defer { withExtendedLifetime(lock) {} }
            try syncDirectory(location.blobs)
            var file = try IndexFile(location)
            let replaced = references.compactMap { file.setName($0, to: entry) }
            try file.write(location, staging: writing)
            for old in replaced where !file.contains(old.digest) {
                try store.removeUnnamed(old, from: &file, staging: writing)
            }
            pins.release(blobs: parts.blobs.union([digest]), layers: parts.layers)
            return entry
        }
    }
}

/// Everything that an image needs, as its documents say.
struct ImageParts {
    var blobs: Set<Digest> = []
    var layers: Set<Digest> = []

    /// Adds what a document leads to.
    ///
    /// Of an index, the manifests that the store has; it must have one.
    mutating func add(
        _ bytes: [UInt8], digest: Digest, mediaType: String, from location: StoreLocation
    ) throws {
        if MediaType.isIndex(mediaType) {
            let index = try Index(json: bytes)
            let present = index.manifests.filter { access(location.blob($0.digest), F_OK) == 0 }
            guard !present.isEmpty || index.manifests.isEmpty else {
                throw ImageStoreError(.blobsMissing(index.manifests.map(\.digest)))
            }
            for child in present {
                blobs.insert(child.digest)
                let content = try location.documentBytes(child.digest)
                try add(content, digest: child.digest, mediaType: child.mediaType, from: location)
            }
        } else if MediaType.isManifest(mediaType) {
            let manifest = try Manifest(json: bytes)
            blobs.insert(manifest.config.digest)
            blobs.formUnion(manifest.layers.map(\.digest))
            guard MediaType.isConfiguration(manifest.config.mediaType),
                access(location.blob(manifest.config.digest), F_OK) == 0
            else { return }
            let configuration = try location.readDocument(ImageConfiguration.self, manifest.config.digest)
            layers.formUnion(configuration.rootfs.diffIDs)
        } else {
            throw ImageStoreError(.imageInvalid("its document is of the type '\(mediaType.prefix(100))'"))
        }
    }
}

extension Descriptor {
    /// The annotation that says when an entry was pulled: seconds since the epoch.
    static let pulledTime = "harness.pulled"
}
