import Glibc
import LinuxKernel
import OCI

/// Brings images from files into the store.
struct ImageLoader {
    /// An image that has been found.
    struct Found {
        /// What it is made of.
        enum Form {
            /// Files named by digests: the entry of an index.
            case blobs(Descriptor)
            /// As `docker save` lists it.
            case docker(configuration: String, layers: [String])
        }

        var form: Form
        /// As they are written there.
        var names: [String]
    }

    /// An image whose parts are all in the store.
    struct Ready {
        var root: [UInt8]
        var mediaType: String
        var references: [Reference]
        var omissions: [String: Int]
    }

    let files: any ImageFiles
    let reception: Reception
    let limits: UnpackLimits
    let progress: (ExchangeProgress) -> Void
    let isCancelled: () -> Bool

    /// Reads the table of contents.
    func find(_ source: ImageSource) throws -> [Found] {
        switch source {
        case .layout(_, let name), .ociArchive(_, let name): return try findInLayout(name)
        case .dockerArchive: return try findDocker()
        case .directory:
            let manifest = try files.requiredDocument("manifest.json")
            return [Found(form: .blobs(try Self.describe(manifest)), names: [])]
        case .archive:
            // New programs write both; the layout keeps the digests.
            if try files.open("oci-layout") != nil { return try findInLayout(nil) }
            if try files.open("manifest.json") != nil { return try findDocker() }
            throw ImageStoreError(
                .imageInvalid(
                    "the archive has neither 'oci-layout' nor 'manifest.json'; a root file system is added by 'image import'"
                ))
        }
    }

    /// Brings everything that an image needs into the store.
    func fetch(_ found: Found, as reference: Reference?) throws -> Ready {
        var ready: Ready
        switch found.form {
        case .blobs(let entry):
            let bytes = try content(of: entry)
            ready = Ready(root: bytes, mediaType: entry.mediaType, references: [], omissions: [:])
            try fetchParts(of: bytes, entry.mediaType, &ready.omissions)
        case .docker(let configuration, let layers):
            ready = try fetchDocker(configuration, layers)
        }
        ready.references =
            try reference.map { [$0.withoutDigest] } ?? found.names.map { try Reference($0).withoutDigest }
        guard !ready.references.isEmpty else {
            throw ImageStoreError(.imageInvalid("it has no name there: give one with --tag"))
        }
        return ready
    }

    /// Names an image.
    func commit(_ ready: Ready) throws -> LoadedImage {
        let entry = try reception.commit(ready.root, mediaType: ready.mediaType, as: ready.references)
        return LoadedImage(digest: entry.digest, references: ready.references, omissions: ready.omissions)
    }

    // MARK: Layouts and directories of blobs

    private func findInLayout(_ name: String?) throws -> [Found] {
        _ = try ImageLayout(json: try files.requiredDocument("oci-layout"))
        let index = try Index(json: try files.requiredDocument("index.json"))
        var order: [Digest] = []
        var found: [Digest: Found] = [:]
        for entry in index.manifests where name.map({ entry.isNamed($0) }) ?? true {
            if found[entry.digest] == nil {
                order.append(entry.digest)
                found[entry.digest] = Found(form: .blobs(entry), names: [])
            }
            let written = entry.annotations?[Descriptor.containerdName] ?? entry.referenceName
            if let written { found[entry.digest]?.names.append(written) }
        }
        guard !order.isEmpty else {
            throw ImageStoreError(name.map { .notInLayout($0) } ?? .imageInvalid("the image layout lists no image"))
        }
        return order.compactMap { found[$0] }
    }

    private func fetchParts(of bytes: [UInt8], _ mediaType: String, _ omissions: inout [String: Int]) throws {
        if MediaType.isIndex(mediaType) {
            for child in try Index(json: bytes).manifests where try open(child.digest) != nil {
                let document = try content(of: child)
                try reception.add(document, digest: child.digest)
                try fetchParts(of: document, child.mediaType, &omissions)
            }
            return
        }
        guard MediaType.isManifest(mediaType) else {
            throw ImageStoreError(.imageInvalid("its document is of the type '\(mediaType.prefix(100))'"))
        }
        let manifest = try Manifest(json: bytes)
        let document = try content(of: manifest.config)
        try reception.add(document, digest: manifest.config.digest)
        var diffIDs: [Digest?] = manifest.layers.map { _ in nil }
        if MediaType.isConfiguration(manifest.config.mediaType) {
            diffIDs = try ImageConfiguration(json: document).rootfs.diffIDs
            guard diffIDs.count == manifest.layers.count else {
                throw ImageStoreError(
                    .imageInvalid(
                        "its manifest has \(manifest.layers.count) layers, its configuration \(diffIDs.count)")
                )
            }
        }
        var seen: Set<Digest> = []
        let layers = zip(manifest.layers, diffIDs).filter { seen.insert($0.0.digest).inserted }
        // Each unpacks on threads of its own while the next is read.
        for start in stride(from: 0, to: layers.count, by: Self.layersAtOnce) {
            let receivers = try layers[start..<min(start + Self.layersAtOnce, layers.count)].compactMap {
                try receive($0, layer: $1)
            }
            for receiver in receivers {
                try receiver.finish()
                omissions.merge(receiver.omissions, uniquingKeysWith: +)
            }
        }
    }

    /// How many layers are unpacked at a time.
    private static let layersAtOnce = 4

    private func receive(_ blob: Descriptor, layer: Digest?) throws -> BlobReceiver? {
        guard layer == nil || MediaType.isLayer(blob.mediaType) else {
            throw ImageStoreError(.imageInvalid("a layer is of the type '\(blob.mediaType.prefix(100))'"))
        }
        guard case .missing(let receiver) = try reception.claim(blob, layer: layer, limits: limits) else { return nil }
        guard let file = try open(blob.digest) else { throw ImageStoreError(.blobsMissing([blob.digest])) }
        try checked("lseek", "a blob") { lseek(file.rawValue, off_t(receiver.offset), SEEK_SET) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            if isCancelled() { throw ImageStoreError(.cancelled) }
            let count = try checked("read", "a blob") { read(file.rawValue, buffer.baseAddress, buffer.count) }
            if count == 0 { return receiver }
            try receiver.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            progress(ExchangeProgress(step: "loading \(blob.digest.hex.prefix(12))", bytes: receiver.offset))
        }
    }

    private func content(of blob: Descriptor) throws -> [UInt8] {
        guard let file = try open(blob.digest) else {
            // skopeo's `dir:` has the manifest under a name of its own.
            let manifest = try files.document("manifest.json")
            if let manifest, Digest(of: manifest) == blob.digest { return manifest }
            throw ImageStoreError(.blobsMissing([blob.digest]))
        }
        let bytes = try readAll(file.rawValue, limit: Manifest.sizeLimit)
        let actual = Digest(of: bytes)
        guard actual == blob.digest else {
            throw ImageStoreError(.digestMismatch(expected: blob.digest, actual: actual))
        }
        return bytes
    }

    private func open(_ digest: Digest) throws -> OwnedDescriptor? {
        if let file = try files.open("blobs/sha256/\(digest.hex)") { return Optional(file) }
        return try files.open(digest.hex)
    }

    private static func describe(_ bytes: [UInt8]) throws -> Descriptor {
        let node = try JSONNode(bytes, document: Manifest.documentName)
        let isList = try node.optional("manifests") != nil
        let mediaType = try node.optional("mediaType")?.string() ?? (isList ? MediaType.index : MediaType.manifest)
        return Descriptor(mediaType: mediaType, digest: Digest(of: bytes), size: Int64(bytes.count))
    }
}

extension Descriptor {
    /// Whether an entry of a layout is the one that is asked for: literally, or by the image's name in another form
    /// (`app` of `docker.io/library/app:latest`).
    fileprivate func isNamed(_ name: String) -> Bool {
        let written = [referenceName, annotations?[Self.containerdName]].compactMap { $0 }
        if written.contains(name) { return true }
        do {
            let wanted = try Reference(name)
            return try written.contains { $0.contains("/") ? try Reference($0) == wanted : false }
        } catch {
            // A layout may name its images by any text.
            return false
        }
    }
}
