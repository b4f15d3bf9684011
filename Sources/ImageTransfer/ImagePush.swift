import ImageStore
import LinuxKernel
import OCI
import RegistryProtocol
import Synchronization

/// Puts an image of the store into a registry; only what the registry has not is sent.
public struct ImagePush: Sendable {
    /// What a push has done.
    public struct Summary: Hashable, Sendable {
        /// Of what the name in the registry now stands for.
        public var digest: Digest
        /// Blobs that were sent.
        public var sent = 0
        /// Bytes of them.
        public var sentBytes: Int64 = 0
        /// Blobs that the registry had in the repository.
        public var present = 0
        /// Blobs that the registry has taken from another of its repositories.
        public var mounted = 0
    }

    private let name: String
    private let reference: Reference
    private let platform: Platform?
    private let store: ImageStore
    private let session: RegistrySession
    private let report: @Sendable (TransferEvent) -> Void

    /// Starts the helper.
    ///
    /// - Parameters:
    ///   - name: The image in the store, in any form that ``ImageStore/resolve(_:isCancelled:)`` takes.
    ///   - reference: Where it goes; without a tag, by its digest alone.
    ///   - platform: Of an image for several: that one alone; `nil` pushes all of them where the store has them all.
    public init(
        _ name: String, to reference: Reference, platform: Platform? = nil, isInsecure: Bool, from store: ImageStore,
        report: @escaping @Sendable (TransferEvent) -> Void
    ) throws(RegistryError) {
        self.name = name
        self.reference = reference
        self.platform = platform
        self.store = store
        self.report = report
        var session = SessionOptions(registry: reference.registry)
        session.isInsecure = isInsecure
        session.isForPushing = true
        self.session = try .open(session) { report(.notice($0)) }
    }

    /// Sends blobs, then manifests, then the name: a reader of the registry sees the old image or the whole new one.
    ///
    /// - Throws: ``RegistryError``, ``ImageStoreError``.
    public func run() throws -> Summary {
        let root = try root()
        var manifests: [(descriptor: Descriptor, manifest: Manifest)] = []
        if MediaType.isIndex(root.mediaType) {
            for child in try Index(json: try store.documentBytes(root.digest)).manifests {
                manifests.append((child, try Manifest(json: try store.documentBytes(child.digest))))
            }
        } else {
            manifests = [(root, try Manifest(json: try store.documentBytes(root.digest)))]
        }
        var seen: Set<Digest> = []
        let blobs = manifests.flatMap { $0.manifest.layers + [$0.manifest.config] }
            .filter { seen.insert($0.digest).inserted }
        let counts = try upload(blobs)
        for (descriptor, _) in manifests where descriptor.digest != root.digest {
            try put(descriptor, as: descriptor.digest.description)
        }
        try put(root, as: reference.tag ?? root.digest.description)
        return Summary(
            digest: root.digest, sent: counts.sent, sentBytes: counts.sentBytes, present: counts.present,
            mounted: counts.mounted)
    }

    /// What is pushed: the entry itself, or one manifest of it where the store has not all of them.
    private func root() throws -> Descriptor {
        let entry = try store.entry(name)
        guard MediaType.isIndex(entry.mediaType) else { return entry }
        let index = try Index(json: try store.documentBytes(entry.digest))
        if platform == nil, try index.manifests.allSatisfy({ try isComplete($0) }) { return entry }
        let found = try store.manifest(of: entry, platform: platform)
        guard let child = index.manifests.first(where: { $0.digest == found.digest }) else { return entry }
        if platform == nil {
            report(
                .notice(
                    "the store has '\(name)' for \(child.platform?.description ?? "one platform") only: that alone is pushed"
                ))
        }
        return Descriptor(mediaType: child.mediaType, digest: child.digest, size: child.size)
    }

    private func isComplete(_ child: Descriptor) throws -> Bool {
        guard MediaType.isManifest(child.mediaType), try store.contains(child.digest) else { return false }
        let manifest = try Manifest(json: try store.documentBytes(child.digest))
        return try ([manifest.config] + manifest.layers).allSatisfy { try store.contains($0.digest) }
    }

    private struct Counts {
        var sent = 0
        var sentBytes: Int64 = 0
        var present = 0
        var mounted = 0
    }

    private func upload(_ blobs: [Descriptor]) throws -> Counts {
        let homes = try homes()
        let counts = Mutex(Counts())
        let box = Box(counts)
        let meter = TransferMeter(report)
        meter.begin(layers: blobs.count, bytes: blobs.reduce(0) { $0 + $1.size })
        try inParallel(blobs, limit: ImagePull.parallelism) { blob in
            let file = try store.openBlob(blob.digest)
            var told: Int64 = 0
            let outcome = try session.request(
                .upload(
                    repository: reference.repository, digest: blob.digest.description, size: blob.size,
                    from: (homes[blob.digest] ?? []).sorted()),
                descriptors: [file.descriptor],
                progress: {
                    // A repeated upload begins anew; what has been told is not taken back.
                    meter.add(max(0, $0 - told))
                    told = max(told, $0)
                })
            withExtendedLifetime(file) {}
            meter.add(blob.size - told)
            meter.finishLayer()
            box.counts.withLock { counts in
                if outcome.mountedFrom != nil {
                    counts.mounted += 1
                } else if outcome.isPresent == true {
                    counts.present += 1
                } else {
                    counts.sent += 1
                    counts.sentBytes += blob.size
                }
            }
        }
        return box.counts.withLock { $0 }
    }

    private final class Box: Sendable {
        let counts: Mutex<Counts>
        init(_ counts: consuming Mutex<Counts>) { self.counts = counts }
    }

    /// The repositories of the same registry that images of the store come from or went to, by the blobs they have.
    private func homes() throws -> [Digest: Set<String>] {
        var homes: [Digest: Set<String>] = [:]
        for (other, entry) in try store.entries() {
            guard let other, other.registry == reference.registry, other.repository != reference.repository else {
                continue
            }
            let manifest: Manifest
            do {
                manifest = try store.manifest(of: entry).manifest
            } catch {
                // Damaged, or for other machines alone: then nothing is known of it.
                continue
            }
            for blob in manifest.layers + [manifest.config] { homes[blob.digest, default: []].insert(other.repository) }
        }
        return homes
    }

    private func put(_ descriptor: Descriptor, as name: String) throws {
        let file = try store.openBlob(descriptor.digest)
        _ = try session.request(
            .putManifest(
                repository: reference.repository, reference: name, mediaType: descriptor.mediaType, size: file.size),
            descriptors: [file.descriptor])
        withExtendedLifetime(file) {}
    }
}
