import CLinux
import Glibc
import LinuxKernel
import OCI

/// The images of this machine: an OCI image layout, and its layers unpacked.
///
/// Every method may be called from any thread and any number of processes at once; they block. Nothing is kept in
/// memory, so that what another process did is seen at once. A process that is killed leaves temporaries behind, which
/// the next writer or ``sweep()`` removes, and nothing half-done.
public struct ImageStore: Sendable {
    /// Where it is.
    public let location: StoreLocation

    /// A store at that place; made when something is put into it.
    public init(_ location: StoreLocation) { self.location = location }

    /// Every image, sorted by name.
    public func list() throws(ImageStoreError) -> [ImageSummary] {
        try storing {
            var order: [Digest] = []
            var entries: [Digest: [Descriptor]] = [:]
            for entry in try IndexFile(location).index.manifests {
                if entries[entry.digest] == nil { order.append(entry.digest) }
                entries[entry.digest, default: []].append(entry)
            }
            return try order.compactMap { digest in
                guard let all = entries[digest], let first = all.first else { return nil }
                return try summary(of: first, references: all.compactMap(IndexFile.reference).sorted())
            }
        }
    }

    /// The name of every image, sorted; no image is looked at.
    public func references() throws(ImageStoreError) -> [Reference] {
        try storing { try IndexFile(location).index.manifests.compactMap(IndexFile.reference).sorted() }
    }

    private func summary(of entry: Descriptor, references: [Reference]) throws -> ImageSummary {
        var summary = ImageSummary(
            digest: entry.digest, platforms: [], references: references, created: nil, size: 0, lastUsed: 0)
        var sizes: [Digest: Int64] = [:]
        for (descriptor, manifest) in try presentManifests(of: entry) {
            for blob in [manifest.config] + manifest.layers where access(location.blob(blob.digest), F_OK) == 0 {
                sizes[blob.digest] = blob.size
            }
            var status = stat()
            if stat(location.blob(descriptor.digest), &status) == 0 {
                summary.lastUsed = max(summary.lastUsed, Int64(status.st_mtim.tv_sec))
            }
            // What is no image of a file system (a signature, say) has another kind of configuration.
            guard MediaType.isConfiguration(manifest.config.mediaType), sizes[manifest.config.digest] != nil else {
                continue
            }
            let configuration = try location.readDocument(ImageConfiguration.self, manifest.config.digest)
            summary.created = summary.created ?? configuration.created
            summary.platforms.append(
                Platform(
                    architecture: configuration.architecture, os: configuration.os, variant: configuration.variant))
        }
        summary.size = sizes.values.reduce(0, +)
        return summary
    }

    /// The manifests of an entry that are in the store: of an image for several platforms not necessarily all.
    func presentManifests(of entry: Descriptor) throws -> [(descriptor: Descriptor, manifest: Manifest)] {
        guard MediaType.isIndex(entry.mediaType) else {
            return [(entry, try location.readDocument(Manifest.self, entry.digest))]
        }
        return try location.readDocument(Index.self, entry.digest).manifests.compactMap { child in
            guard MediaType.isManifest(child.mediaType), access(location.blob(child.digest), F_OK) == 0 else {
                return nil
            }
            return (child, try location.readDocument(Manifest.self, child.digest))
        }
    }

    /// Gives an image a further name; another image that had it loses it.
    ///
    /// - Parameters:
    ///   - name: As for ``resolve(_:)``.
    ///   - reference: The new name; without a digest.
    public func tag(_ name: String, as reference: Reference) throws(ImageStoreError) {
        try storing {
            let staging = try Staging(in: location)
            let lock = try StoreLock(location)
            defer { withExtendedLifetime(lock) {} }
            var file = try IndexFile(location)
            let image = try entry(for: name, in: file)
            let replaced = file.setName(reference.withoutDigest, to: image)
            try file.write(location, staging: staging)
            if let replaced { try removeUnnamed(replaced, from: &file, staging: staging) }
        }
    }
}
