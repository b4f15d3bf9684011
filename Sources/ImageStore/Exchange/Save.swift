import FoundationEssentials
import Glibc
import LinuxKernel
import OCI

extension ImageStore {
    /// Writes images as one archive.
    ///
    /// - Parameters:
    ///   - names: As for ``resolve(_:platform:isCancelled:)``; an image that is named twice gets both names.
    ///   - descriptor: Where it goes; may be a pipe.
    ///   - progress: Called on the same thread as bytes are written.
    /// - Throws: ``ImageStoreError``; what has been written is then no archive.
    public func save(
        _ names: [String], as format: SaveFormat, to descriptor: CInt,
        progress: @escaping (ExchangeProgress) -> Void = { _ in }
    ) throws(ImageStoreError) {
        try storing {
            let file = try IndexFile(location)
            let chosen = try names.map { name in
                let reference = try Self.reference(name)
                return SavedImage(
                    entry: try entry(for: name, in: file), layoutName: reference?.description,
                    dockerName: reference?.familiar)
            }
            var writer = ArchiveSave(store: self, tar: TarWriter(descriptor), progress: progress)
            switch format {
            case .ociArchive: try writer.saveLayout(chosen)
            case .dockerArchive: try writer.saveDocker(chosen)
            }
        }
    }

    /// The name by which an image was asked for, where that was no digest.
    static func reference(_ name: String) throws -> Reference? {
        guard digestPrefix(name) == nil else { return nil }
        return try (FileImage(name)?.reference ?? Reference(name)).withoutDigest
    }
}

/// An image on its way out, and what it is called there.
struct SavedImage {
    var entry: Descriptor
    /// `org.opencontainers.image.ref.name`: a reference, or only a tag.
    var layoutName: String?
    /// `RepoTags`
    var dockerName: String?

    /// The entry as an index lists it.
    var listed: Descriptor {
        var listed = entry
        listed.annotations = layoutName.map { name in
            // containerd and Docker take only whole references.
            let isWhole = name.contains("/")
            return [Descriptor.referenceName: name].merging(isWhole ? [Descriptor.containerdName: name] : [:]) { $1 }
        }
        return listed
    }
}

/// Writes images into an archive.
struct ArchiveSave {
    let store: ImageStore
    let tar: TarWriter
    let progress: (ExchangeProgress) -> Void
    private var written: Int64 = 0
    private var names: Set<String> = []

    init(store: ImageStore, tar: TarWriter, progress: @escaping (ExchangeProgress) -> Void) {
        self.store = store
        self.tar = tar
        self.progress = progress
    }

    mutating func saveLayout(_ images: [SavedImage]) throws {
        var index = Index()
        var blobs: Set<Digest> = []
        var layers: Set<Digest> = []
        for image in images {
            try store.collect(image.entry, blobs: &blobs, layers: &layers)
            if !index.manifests.contains(image.listed) { index.manifests.append(image.listed) }
        }
        try tar.file("oci-layout", try ImageLayout().json())
        try tar.file("index.json", try index.json())
        for directory in ["blobs/", "blobs/sha256/"] { try tar.directory(directory) }
        for digest in blobs.sorted() where try store.contains(digest) {
            try copy(try store.openBlob(digest), to: "blobs/sha256/\(digest.hex)")
        }
        try tar.finish()
    }

    /// The entries of `manifest.json` (Docker's image specification 1.2, "Combined Image JSON + Filesystem Changeset
    /// Format").
    private struct DockerImage: Encodable {
        var Config: String
        var RepoTags: [String]
        var Layers: [String]
    }

    mutating func saveDocker(_ images: [SavedImage]) throws {
        var order: [Digest] = []
        var listed: [Digest: DockerImage] = [:]
        for image in images {
            let (digest, manifest) = try store.platformManifest(image.entry)
            if listed[digest] == nil {
                order.append(digest)
                listed[digest] = try saveDocker(manifest)
            }
            if let name = image.dockerName { listed[digest]?.RepoTags.append(name) }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try tar.file("manifest.json", Array(try encoder.encode(order.compactMap { listed[$0] })))
        try tar.finish()
    }

    private mutating func saveDocker(_ manifest: Manifest) throws -> DockerImage {
        let configuration = try store.location.readDocument(ImageConfiguration.self, manifest.config.digest)
        let diffIDs = configuration.rootfs.diffIDs
        guard diffIDs.count == manifest.layers.count else {
            throw ImageStoreError(
                .imageInvalid("its manifest has \(manifest.layers.count) layers, its configuration \(diffIDs.count)"))
        }
        let name = "\(manifest.config.digest.hex).json"
        if names.insert(name).inserted {
            try tar.file(name, try store.location.documentBytes(manifest.config.digest))
        }
        for (diffID, blob) in zip(diffIDs, manifest.layers) where names.insert("\(diffID.hex).tar").inserted {
            try saveUncompressed(blob, diffID)
        }
        return DockerImage(Config: name, RepoTags: [], Layers: diffIDs.map { "\($0.hex).tar" })
    }

    /// The archive's header comes before the content, and a layer's length is known only at its end: it is read twice.
    private mutating func saveUncompressed(_ blob: Descriptor, _ diffID: Digest) throws {
        let counting = try open(blob, diffID)
        while try counting.fill() { counting.take(counting.chunk.count) }
        let summary = try counting.finish(requiresEndMarker: false)
        guard summary.diffID == diffID else {
            throw ImageStoreError(.digestMismatch(expected: diffID, actual: summary.diffID))
        }
        let name = "\(diffID.hex).tar"
        try tar.begin(name, size: counting.length)
        let stream = try open(blob, diffID)
        while try stream.fill() {
            try tar.write(stream.chunk)
            tell(name, stream.chunk.count)
            stream.take(stream.chunk.count)
        }
    }

    private func open(_ blob: Descriptor, _ diffID: Digest) throws -> LayerStream {
        let file = try store.openBlob(blob.digest)
        return try LayerStream(
            DescriptorSource(keeping: file), accounting: .none, limits: UnpackLimits(), isCancelled: { false })
    }

    private mutating func copy(_ blob: OpenBlob, to name: String) throws {
        try tar.begin(name, size: blob.size)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        defer { buffer.deallocate() }
        var left = blob.size
        while left > 0 {
            let wanted = Int(min(left, Int64(buffer.count)))
            let count = try checked("read", name) { read(blob.descriptor, buffer.baseAddress, wanted) }
            if count == 0 {
                throw ImageStoreError(.sizeMismatch(blob.digest, expected: blob.size, actual: blob.size - left))
            }
            try tar.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            tell(name, count)
            left -= Int64(count)
        }
    }

    private mutating func tell(_ step: String, _ bytes: Int) {
        written += Int64(bytes)
        progress(ExchangeProgress(step: step, bytes: written))
    }
}

extension Descriptor {
    /// The annotation by which containerd and Docker name an entry in full.
    static let containerdName = "io.containerd.image.name"
}
