/// One image: its configuration and its layers (image-spec `manifest.md`).
public struct Manifest: Hashable, Sendable, Encodable {
    /// Always 2.
    public var schemaVersion: Int
    /// ``MediaType/manifest`` or Docker's.
    public var mediaType: String?
    /// The image configuration's blob.
    public var config: Descriptor
    /// Base first.
    public var layers: [Descriptor]
    /// Free text by reverse-domain names.
    public var annotations: [String: String]?

    /// An image in the specification's own types.
    public init(config: Descriptor, layers: [Descriptor]) {
        schemaVersion = 2
        mediaType = MediaType.manifest
        self.config = config
        self.layers = layers
    }
}
