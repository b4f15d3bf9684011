import CLinux
import Glibc
import LinuxKernel
import OCI

extension ImageStore {
    /// Writes an image into files, as `skopeo copy` would.
    ///
    /// An archive that is there is replaced as a whole, and so is a directory of `dir:`; a layout keeps its other images. An
    /// image for several platforms goes whole into a layout or an archive of one where the store has it whole, else, and
    /// elsewhere, one platform of it.
    ///
    /// - Parameters:
    ///   - name: As for ``resolve(_:platform:isCancelled:)``.
    ///   - platform: Of an image for several, that one alone.
    ///   - progress: Called on the same thread as bytes are written.
    /// - Returns: The digest of what has been written; of an archive of Docker's, which has none, the manifest's here.
    /// - Throws: ``ImageStoreError``: `targetRefused` where the place has something else. It is as it was then.
    public func write(
        _ name: String, to target: FileImage, platform: Platform? = nil,
        progress: @escaping (ExchangeProgress) -> Void = { _ in }
    ) throws(ImageStoreError) -> Digest {
        try storing {
            let entry = try entry(for: name, in: try IndexFile(location))
            let own = try Self.reference(name)
            let isSingle = [.directory, .dockerArchive].contains(target.transport) || platform != nil
            var image = SavedImage(entry: try whole(entry, isSingle: isSingle, platform))
            image.layoutName = target.name ?? own?.description
            image.dockerName = try target.name.map { try Reference($0).familiar } ?? own?.familiar
            switch target.transport {
            case .ociArchive:
                try writingFile(target.path) { file in
                    var writer = ArchiveSave(store: self, tar: TarWriter(file), progress: progress)
                    try writer.saveLayout([image])
                }
            case .dockerArchive:
                try writingFile(target.path) { file in
                    var writer = ArchiveSave(store: self, tar: TarWriter(file), progress: progress)
                    try writer.saveDocker([image])
                }
            case .layout: try LayoutDirectory(target.path).add(image, from: self, progress)
            case .directory: try BlobDirectory(target.path).write(image.entry, from: self, progress)
            }
            return image.entry.digest
        }
    }

    /// The entry itself, or the manifest of one platform.
    private func whole(_ entry: Descriptor, isSingle: Bool, _ platform: Platform?) throws -> Descriptor {
        guard MediaType.isIndex(entry.mediaType) else { return entry }
        let index = try location.readDocument(Index.self, entry.digest)
        if !isSingle, try index.manifests.allSatisfy({ try contains($0.digest) }) { return entry }
        let digest = try platformManifest(entry, platform ?? .host).digest
        guard let child = index.manifests.first(where: { $0.digest == digest }) else { return entry }
        return Descriptor(mediaType: child.mediaType, digest: child.digest, size: child.size)
    }

    /// Copies a blob into a file, which appears when it is complete; one that is there already stays.
    fileprivate func copy(
        _ digest: Digest, to path: String, _ progress: (ExchangeProgress) -> Void
    ) throws {
        let blob = try openBlob(digest)
        var status = stat()
        if stat(path, &status) == 0, Int64(status.st_size) == blob.size { return }
        try writingFile(path) { file in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
            defer { buffer.deallocate() }
            var written: Int64 = 0
            while true {
                let count = try checked("read", path) { read(blob.descriptor, buffer.baseAddress, buffer.count) }
                if count == 0 { break }
                try FileContent.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: file)
                written += Int64(count)
                progress(ExchangeProgress(step: "writing \(digest.hex.prefix(12))", bytes: written))
            }
        }
    }
}

/// An OCI image layout in a directory, which may have images.
private struct LayoutDirectory {
    let path: String

    /// Takes a path where a layout, an empty directory or nothing is.
    init(_ path: String) throws {
        self.path = path
        if access(path + "/oci-layout", F_OK) == 0 { return }
        guard try entriesIfPresent(path).isEmpty else {
            throw ImageStoreError(
                .targetRefused(path: path, reason: "the directory has files, and is no OCI image layout"))
        }
    }

    /// Adds an image; the one that had its name goes out of the index, its blobs stay.
    func add(_ image: SavedImage, from store: ImageStore, _ progress: (ExchangeProgress) -> Void) throws {
        var blobs: Set<Digest> = []
        var layers: Set<Digest> = []
        try store.collect(image.entry, blobs: &blobs, layers: &layers)
        try makeDirectories(path + "/blobs/sha256")
        for digest in blobs.sorted() { try store.copy(digest, to: "\(path)/blobs/sha256/\(digest.hex)", progress) }
        let table = path + "/index.json"
        var index = try readIfPresent(table, limit: Index.sizeLimit + 1).map { try Index(json: $0) } ?? Index()
        index.manifests.removeAll {
            $0.referenceName == image.layoutName && ($0.referenceName != nil || $0.digest == image.entry.digest)
        }
        index.manifests.append(image.listed)
        try replaceFile(table, with: try index.json())
        // Last: a directory that has it is a layout.
        if access(path + "/oci-layout", F_OK) != 0 {
            try replaceFile(path + "/oci-layout", with: try ImageLayout().json())
        }
    }
}

/// What skopeo(1) calls `dir:`: `manifest.json`, the blobs by their digits, and `version`.
private struct BlobDirectory {
    private static let version = Array("Directory Transport Version: 1.1\n".utf8)

    let path: String

    /// Takes a path where such a directory, an empty one or nothing is.
    init(_ path: String) throws {
        self.path = path
        let isKnown = try readIfPresent(path + "/version")?.starts(with: Array("Directory Transport Version:".utf8))
        guard try isKnown == true || entriesIfPresent(path).isEmpty else {
            throw ImageStoreError(
                .targetRefused(path: path, reason: "the directory has files, and they are not those of an image"))
        }
    }

    /// Writes an image beside the directory, which it then takes the place of.
    func write(_ manifest: Descriptor, from store: ImageStore, _ progress: (ExchangeProgress) -> Void) throws {
        let made = "\(path).\(getpid()).part"
        let old = "\(path).\(getpid()).old"
        let above = path.split(separator: "/").dropLast().joined(separator: "/")
        try makeDirectories("/" + above)
        try makeDirectory(made)
        do {
            let bytes = try store.documentBytes(manifest.digest)
            let parts = try Manifest(json: bytes)
            for blob in [parts.config] + parts.layers {
                try store.copy(blob.digest, to: "\(made)/\(blob.digest.hex)", progress)
            }
            try replaceFile(made + "/version", with: Self.version)
            try replaceFile(made + "/manifest.json", with: bytes)
            if access(path, F_OK) == 0 { try checked("rename", path) { rename(path, old) } }
            do {
                try checked("rename", path) { rename(made, path) }
            } catch {
                // The old one is the user's.
                rename(old, path)
                throw error
            }
        } catch {
            try removeTree(at: made)
            throw error
        }
        if access(old, F_OK) == 0 { try removeTree(at: old) }
    }
}
