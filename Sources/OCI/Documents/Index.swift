/// A list of manifests: a layout's table of contents, or an image for several platforms (image-spec `image-index.md`).
public struct Index: Hashable, Sendable, Encodable {
    /// Always 2.
    public var schemaVersion: Int
    /// ``MediaType/index`` or Docker's.
    public var mediaType: String?
    /// In the document's order.
    public var manifests: [Descriptor]
    /// Free text by reverse-domain names.
    public var annotations: [String: String]?

    /// Lists manifests.
    public init(manifests: [Descriptor] = []) {
        schemaVersion = 2
        mediaType = MediaType.index
        self.manifests = manifests
    }
}

/// The file `oci-layout` that marks an image layout (image-spec `image-layout.md`).
public struct ImageLayout: Hashable, Sendable, Encodable {
    /// `1.0.0`.
    public var imageLayoutVersion: String

    /// The version that this package reads and writes.
    public init() { imageLayoutVersion = "1.0.0" }
}
