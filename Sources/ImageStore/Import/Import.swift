import CLinux
import FoundationEssentials
import Glibc
import LinuxKernel
import OCI

/// Where a root file system's archive comes from.
public enum ArchiveSource: Hashable, Sendable {
    /// A file.
    case path(String)
    /// An open descriptor, read from where it stands; may be a pipe. Stays the caller's.
    case descriptor(CInt)
}

/// How far an import has come.
public struct ImportProgress: Hashable, Sendable {
    /// Bytes of the archive that have been read.
    public var bytes: Int64
    /// How many there are; `nil` of a pipe.
    public var total: Int64?
}

/// What an import gave.
public struct ImportedImage: Hashable, Sendable {
    /// The image.
    public var image: StoredImage
    /// What the archive had and the layer has not, with the reason, and how often: device nodes and owners where the
    /// caller is not root, attributes that a layer may not set.
    public var omissions: [String: Int]
}

extension ImageStore {
    /// Makes an image of one layer from the archive of a root file system, and names it.
    ///
    /// The archive may be plain or compressed with gzip or zstd. A compressed one is stored as it is, so that its digest
    /// is the same everywhere; a plain one is stored with zstd's level 1. It is unpacked at the same time. On any error
    /// the store is as it was.
    ///
    /// - Parameters:
    ///   - source: A tar archive in the formats v7, ustar, pax or GNU; entries that lead outside are refused.
    ///   - reference: The image's name; another image that had it loses it.
    ///   - changes: Applied in order to a configuration that has nothing set.
    ///   - created: RFC 3339, for the configuration; `nil` leaves it out, so that equal archives give equal images.
    ///   - comment: For the configuration's history.
    ///   - limits: What it may unpack to.
    ///   - progress: Called on the same thread, some four times for each MiB.
    ///   - isCancelled: Asked as often.
    ///   - confirm: Called when the archive has been read to its end, before the store changes; what it throws ends the
    ///     import. For archives from a pipe whose writer may have failed.
    /// - Throws: ``ImageStoreError``: `archive`, `systemCall`, `cancelled`.
    public func importArchive(
        _ source: ArchiveSource, as reference: Reference, changes: [ConfigurationChange] = [], created: String? = nil,
        comment: String = "imported", limits: UnpackLimits = UnpackLimits(),
        progress: @escaping (ImportProgress) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false },
        confirm: () throws -> Void = {}
    ) throws(ImageStoreError) -> ImportedImage {
        try storing {
            let file: OwnedDescriptor
            switch source {
            case .path(let path): file = try .open(path, O_RDONLY)
            case .descriptor(let number):
                file = OwnedDescriptor(adopting: try checked("fcntl") { clinux_fcntl(number, F_DUPFD_CLOEXEC, 3) })
            }
            // After it is open: a missing file leaves no store behind.
            let staging = try Staging(in: location)
            let layer = try receive(file.rawValue, staging: staging, limits: limits, progress: progress, isCancelled)
            try confirm()
            var defaults = ContainerDefaults()
            for change in changes { change.apply(to: &defaults) }
            let configuration = ImageConfiguration(
                config: defaults, diffIDs: [layer.diffID], created: created,
                history: [HistoryEntry(created: created, comment: comment)])
            let image = try commit([layer], configuration, as: reference, staging: staging)
            return ImportedImage(image: image, omissions: layer.omissions)
        }
    }

    /// A layer in `staging` that is complete and checked.
    struct ReceivedLayer {
        var diffID: Digest
        var blob: Descriptor
        /// Paths in the staging directory.
        var blobPath: String
        var directory: String
        var omissions: [String: Int]
    }

    /// Reads an archive to its end: into a blob, and unpacked.
    private func receive(
        _ source: CInt, staging: Staging, limits: UnpackLimits, progress: @escaping (ImportProgress) -> Void,
        _ isCancelled: @escaping () -> Bool
    ) throws -> ReceivedLayer {
        let blobPath = staging.path + "/blob"
        let directory = staging.path + "/layer"
        let blob = try BlobWriter(creating: blobPath)
        let total = try Self.size(of: source)
        let stream = try LayerStream(
            DescriptorSource(source), accounting: .copy(blob), limits: limits, isCancelled: isCancelled)
        stream.onRead = { progress(ImportProgress(bytes: $0, total: total)) }
        let omissions = try location.unpackLayer(stream, into: directory, limits: limits)
        let result = try stream.finish(requiresEndMarker: true)
        try blob.sync()
        let descriptor = Descriptor(mediaType: result.mediaType, digest: result.blob, size: blob.size)
        return ReceivedLayer(
            diffID: result.diffID, blob: descriptor, blobPath: blobPath, directory: directory, omissions: omissions)
    }

    /// Puts layers, configuration and manifest in place, and names the image, in one step as others see it.
    private func commit(
        _ layers: [ReceivedLayer], _ configuration: ImageConfiguration, as reference: Reference, staging: Staging
    ) throws -> StoredImage {
        let configurationBytes = try configuration.json()
        let manifest = Manifest(
            config: Self.describe(configurationBytes, MediaType.configuration), layers: layers.map(\.blob))
        let manifestBytes = try manifest.json()
        let lock = try StoreLock(location)
        defer { withExtendedLifetime(lock) {} }
        try location.makeLayout(staging: staging)
        for layer in layers {
            try installBlob(layer.blobPath, at: location.blob(layer.blob.digest))
            try place(layer.directory, as: layer.diffID)
        }
        for bytes in [configurationBytes, manifestBytes] {
            let temporary = staging.path + "/document"
            try replaceFile(temporary, with: bytes, staging: staging)
            try installBlob(temporary, at: location.blob(Digest(of: bytes)))
        }
        try syncDirectory(location.blobs)
        var file = try IndexFile(location)
        var entry = Self.describe(manifestBytes, MediaType.manifest)
        entry.platform = Platform.host
        let replaced = file.setName(reference.withoutDigest, to: entry)
        try file.write(location, staging: staging)
        if let replaced { try removeUnnamed(replaced, from: &file, staging: staging) }
        return StoredImage(
            digest: entry.digest, root: entry.digest, manifest: manifest, configuration: configuration,
            layers: layers.map { location.layer($0.diffID) })
    }

    private static func describe(_ bytes: [UInt8], _ mediaType: String) -> Descriptor {
        Descriptor(mediaType: mediaType, digest: Digest(of: bytes), size: Int64(bytes.count))
    }

    private static func size(of source: CInt) throws(SystemCallError) -> Int64? {
        var status = stat()
        try checked("fstat", "the archive") { fstat(source, &status) }
        return status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
    }
}
