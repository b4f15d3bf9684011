import ImageStore
import LinuxKernel
import OCI

/// The images of this machine's own store, to be read.
///
/// An image `docker.io/library/busybox` is the repository `busybox`, and `library/busybox`; one of another registry has the
/// registry's name in front, with `-` for the `:` of a port: `localhost-5000/team/app`.
struct StoreContents: RegistryContents {
    private let store: ImageStore

    init(_ store: ImageStore) { self.store = store }

    func repositories() throws -> [String] {
        Set(try store.entries().compactMap { $0.reference.map(Self.name) }).sorted()
    }

    func tags(in repository: String) throws -> [String]? {
        let entries = try entries(in: repository)
        return entries.isEmpty ? nil : Set(entries.compactMap(\.reference.tag)).sorted()
    }

    func tag(_ tag: String, in repository: String) throws -> Digest? {
        try entries(in: repository).first { $0.reference.tag == tag }?.descriptor.digest
    }

    func manifest(_ digest: Digest, in repository: String) throws -> StoredManifest? {
        for (_, root) in try entries(in: repository) {
            if root.digest == digest { return try document(root) }
            guard MediaType.isIndex(root.mediaType) else { continue }
            let index = try Index(json: try store.documentBytes(root.digest))
            guard let child = index.manifests.first(where: { $0.digest == digest }) else { continue }
            return try store.contains(digest) ? document(child) : nil
        }
        return nil
    }

    /// The store keeps images alone.
    func referrers(_ subject: Digest, in repository: String) throws -> [StoredManifest] { [] }

    func openBlob(_ digest: Digest, in repository: String) throws -> StoredBlob? {
        guard try blobs(of: repository).contains(digest), try store.contains(digest) else { return nil }
        let blob = try store.openBlob(digest)
        return StoredBlob(size: blob.size, descriptor: blob.descriptor, owner: blob)
    }

    private func entries(in repository: String) throws -> [(reference: Reference, descriptor: Descriptor)] {
        let wanted = repository.hasPrefix("library/") ? String(repository.dropFirst("library/".count)) : repository
        return try store.entries().compactMap { entry in
            guard let reference = entry.reference, Self.name(reference) == wanted else { return nil }
            return (reference, entry.descriptor)
        }
    }

    private func blobs(of repository: String) throws -> Set<Digest> {
        var blobs: Set<Digest> = []
        for (_, root) in try entries(in: repository) {
            let manifests =
                MediaType.isIndex(root.mediaType)
                ? try Index(json: try store.documentBytes(root.digest)).manifests : [root]
            for child in manifests where try MediaType.isManifest(child.mediaType) && store.contains(child.digest) {
                let manifest = try Manifest(json: try store.documentBytes(child.digest))
                blobs.insert(manifest.config.digest)
                blobs.formUnion(manifest.layers.map(\.digest))
            }
        }
        return blobs
    }

    private func document(_ descriptor: Descriptor) throws -> StoredManifest {
        StoredManifest(
            bytes: try store.documentBytes(descriptor.digest), mediaType: descriptor.mediaType,
            digest: descriptor.digest)
    }

    static func name(_ reference: Reference) -> String {
        guard reference.registry == "docker.io" else {
            return "\(reference.registry.replacing(":", with: "-").lowercased())/\(reference.repository)"
        }
        let official = "library/"
        return reference.repository.hasPrefix(official)
            ? String(reference.repository.dropFirst(official.count)) : reference.repository
    }
}
