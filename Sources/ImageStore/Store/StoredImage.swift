import OCI

/// An image of the store, ready to be mounted.
public struct StoredImage: Hashable, Sendable {
    /// The manifest's digest: the image's identity.
    public var digest: Digest
    /// What its name stands for: the manifest's digest, or that of the image index that has the manifest.
    public var root: Digest
    /// Sizes and digests of its blobs.
    public var manifest: Manifest
    /// The defaults of containers, and the layers' diff ids.
    public var configuration: ImageConfiguration
    /// Absolute paths of the unpacked layers, base first: overlayfs(5) takes them in the other order.
    public var layers: [String]
}

/// One image as a list shows it.
public struct ImageSummary: Hashable, Sendable {
    /// What its names stand for: the digest of the manifest or, of an image for several platforms, of the image index.
    public var digest: Digest
    /// The platforms of those of its manifests that are here.
    public var platforms: [Platform]
    /// Its names, in order; empty where it has lost the last one while a container used it.
    public var references: [Reference]
    /// RFC 3339, as the configuration has it.
    public var created: String?
    /// Bytes of its blobs that are here, compressed.
    public var size: Int64
    /// Seconds since the epoch: when it last came into the store or was used.
    public var lastUsed: Int64
}
