import Glibc
import LinuxKernel
import OCI

/// Something in the store that is not as it should be.
public struct StoreProblem: Hashable, Sendable {
    /// A name of an image, or a digest.
    public var subject: String
    /// What is wrong, in words.
    public var text: String
}

/// What a verification has looked at and found.
public struct VerificationReport: Hashable, Sendable {
    /// Images and names that were followed.
    public var images = 0
    /// Blobs whose content was read.
    public var blobs = 0
    /// Unpacked layers that were compared with their blobs.
    public var layers = 0
    /// In the order of the index.
    public var problems: [StoreProblem] = []

    /// Nothing yet.
    public init() {}
}

extension ImageStore {
    /// Checks that every image is whole: that each document can be read, that each blob has the content that its digest
    /// names, and that each unpacked layer holds what its blob unpacks to.
    ///
    /// Layers that are not unpacked are no problem: they will be when they are needed. Changes nothing.
    ///
    /// - Parameter comparesLayers: Unpacks every layer once more, beside, and compares; takes as long as a pull without
    ///   its download, and the room of the largest layer.
    public func verify(
        comparesLayers: Bool = true, isCancelled: @escaping () -> Bool = { false }
    ) throws(ImageStoreError) -> VerificationReport {
        try storing {
            var verifier = Verifier(store: self, comparesLayers: comparesLayers, isCancelled: isCancelled)
            for entry in try IndexFile(location).index.manifests {
                let before = verifier.report
                verifier.report.images += 1
                try verifier.check(entry, of: entry.referenceName ?? entry.digest.description)
                // Removed by somebody else meanwhile: nothing of it need be there.
                if verifier.report.problems.count > before.problems.count,
                    try !IndexFile(location).index.manifests.contains(entry)
                {
                    verifier.report = before
                }
            }
            return verifier.report
        }
    }
}

private struct Verifier {
    let store: ImageStore
    let comparesLayers: Bool
    let isCancelled: () -> Bool
    var report = VerificationReport()
    private var seen: Set<Digest> = []
    private var seenLayers: Set<Digest> = []

    init(store: ImageStore, comparesLayers: Bool, isCancelled: @escaping () -> Bool) {
        self.store = store
        self.comparesLayers = comparesLayers
        self.isCancelled = isCancelled
    }

    mutating func check(_ entry: Descriptor, of name: String) throws {
        guard try checkBlob(entry, of: name) else { return }
        do {
            guard MediaType.isIndex(entry.mediaType) else { return try checkManifest(entry.digest, of: name) }
            let present = try store.presentManifests(of: entry)
            if present.isEmpty { add(name, "nothing of what the index \(entry.digest) lists is here") }
            for child in present { try check(child.descriptor, of: name) }
        } catch let error as DocumentError {
            add(name, "\(entry.digest): \(error)")
        }
    }

    private mutating func checkManifest(_ digest: Digest, of name: String) throws {
        let manifest = try store.location.readDocument(Manifest.self, digest)
        var isWhole = true
        for blob in [manifest.config] + manifest.layers {
            let isGood = try checkBlob(blob, of: name)
            isWhole = isWhole && isGood
        }
        guard isWhole, MediaType.isConfiguration(manifest.config.mediaType) else { return }
        let configuration = try store.location.readDocument(ImageConfiguration.self, manifest.config.digest)
        let diffIDs = configuration.rootfs.diffIDs
        guard diffIDs.count == manifest.layers.count else {
            return add(
                name, "its manifest has \(manifest.layers.count) layers, its configuration \(diffIDs.count)")
        }
        guard comparesLayers else { return }
        for (diffID, blob) in zip(diffIDs, manifest.layers) where seenLayers.insert(diffID).inserted {
            try checkLayer(diffID, blob, of: name)
        }
    }

    /// Whether a blob is there and what it should be; looked at once.
    private mutating func checkBlob(_ blob: Descriptor, of name: String) throws -> Bool {
        guard let file = try openIfPresent(store.location.blob(blob.digest), O_RDONLY) else {
            add(name, "the store has no content \(blob.digest)")
            return false
        }
        let size = try Reception.size(of: file.rawValue, blob.digest.description)
        guard size == blob.size else {
            add(name, "content \(blob.digest) has \(size) bytes, expected \(blob.size)")
            return false
        }
        guard seen.insert(blob.digest).inserted else { return true }
        report.blobs += 1
        let actual = try digest(of: file.rawValue)
        guard actual == blob.digest else {
            add(name, "content \(blob.digest) is damaged: its digest is \(actual)")
            return false
        }
        return true
    }

    private mutating func checkLayer(_ diffID: Digest, _ blob: Descriptor, of name: String) throws {
        guard try store.isUnpacked(diffID) else { return }
        report.layers += 1
        let staging = try Staging(in: store.location)
        let directory = staging.path + "/layer"
        do {
            try store.unpack(
                blob, diffID: diffID, into: directory, limits: UnpackLimits(), isCancelled: isCancelled)
        } catch let error as ArchiveError {
            return add(name, "layer \(blob.digest): \(error)")
        } catch let error as ImageStoreError {
            if case .cancelled = error.kind { throw error }
            return add(name, "layer \(blob.digest): \(error)")
        }
        let changes = try FileTree(directory).changes(to: FileTree(store.location.layer(diffID)))
        guard let first = changes.first else { return }
        let others = changes.count == 1 ? "" : " and \(changes.count - 1) more"
        add(
            name,
            "the unpacked layer \(store.location.layer(diffID)) is not what its blob holds: \(first.path) is "
                + "\(first.kind.rawValue)\(others)")
    }

    private func digest(of file: CInt) throws -> Digest {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        defer { buffer.deallocate() }
        var hasher = DigestHasher()
        while true {
            if isCancelled() { throw ImageStoreError(.cancelled) }
            let count = try checked("read", "a blob") { read(file, buffer.baseAddress, buffer.count) }
            if count == 0 { return hasher.finalize() }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private mutating func add(_ name: String, _ text: String) {
        report.problems.append(StoreProblem(subject: name, text: text))
    }
}
