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
                guard let first = entries[digest]?.first else { return nil }
                let found = try platformManifest(first)
                let configuration = try location.readDocument(ImageConfiguration.self, found.manifest.config.digest)
                return ImageSummary(
                    digest: found.digest,
                    references: entries[digest, default: []].compactMap(IndexFile.reference).sorted(),
                    created: configuration.created,
                    size: found.manifest.config.size + found.manifest.layers.map(\.size).reduce(0, +))
            }
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
