import ImageStore
import OCI

/// An image of one layer as a registry would give it.
struct ReceivedImage: Sendable {
    var layer: [UInt8]
    var configuration: [UInt8]
    var manifest: [UInt8]
    var layerDescriptor: Descriptor
    var diffID: Digest

    /// An image whose one file `f` has that content.
    init(content: String = "content", platform: Platform = .host) throws {
        try self.init(archive: TarBuilder.archive { $0.file("f", content) }, platform: platform)
    }

    /// An image of that archive, which is its blob too: not compressed.
    init(archive: [UInt8], diffID: Digest? = nil, platform: Platform = .host) throws {
        layer = archive
        self.diffID = diffID ?? Digest(of: archive)
        layerDescriptor = Descriptor(
            mediaType: MediaType.layer, digest: Digest(of: archive), size: Int64(archive.count))
        configuration = try ImageConfiguration(platform: platform, diffIDs: [self.diffID]).json()
        let config = Descriptor(
            mediaType: MediaType.configuration, digest: Digest(of: configuration), size: Int64(configuration.count))
        manifest = try Manifest(config: config, layers: [layerDescriptor]).json()
    }

    var manifestDigest: Digest { Digest(of: manifest) }

    /// The manifest as an image index lists it.
    func entry(_ platform: Platform) -> Descriptor {
        Descriptor(
            mediaType: MediaType.manifest, digest: manifestDigest, size: Int64(manifest.count), platform: platform)
    }

    /// Fetches whatever a reception lacks of it, but the manifest.
    func fetch(into reception: Reception) throws {
        try reception.add(configuration)
        guard case .missing(let receiver) = try reception.claim(layerDescriptor, layer: diffID) else { return }
        try receiver.append(layer.dropFirst(Int(receiver.offset)))
        try receiver.finish()
    }

    /// Pulls it under a name.
    func pull(into store: ImageStore, as name: String, pulled: Int64? = nil) throws {
        let reception = try store.receive()
        try fetch(into: reception)
        try reception.commit(manifest, mediaType: MediaType.manifest, as: [try Reference(name)], pulled: pulled)
    }
}

extension BlobReceiver {
    /// Takes bytes.
    func append(_ bytes: some Collection<UInt8>) throws {
        try Array(bytes).withUnsafeBytes { try append($0) }
    }
}
