/// A blob: its type, size and digest (image-spec `descriptor.md`).
public struct Descriptor: Hashable, Sendable, Encodable {
    /// One of ``MediaType``, or another tool's own.
    public var mediaType: String
    /// The content's identifier.
    public var digest: Digest
    /// In bytes; never negative.
    public var size: Int64
    /// Of entries of an index: what it runs on.
    public var platform: Platform?
    /// Free text by reverse-domain names.
    public var annotations: [String: String]?

    /// Describes a blob.
    public init(
        mediaType: String, digest: Digest, size: Int64, platform: Platform? = nil,
        annotations: [String: String]? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.platform = platform
        self.annotations = annotations
    }

    /// The annotation that names an entry of a layout's index.
    public static let referenceName = "org.opencontainers.image.ref.name"

    /// The name that an image layout gives the entry, as it is written there.
    public var referenceName: String? { annotations?[Self.referenceName] }
}

/// What an image runs on (image-spec `image-index.md`), in the words of Go's GOOS and GOARCH.
public struct Platform: Hashable, Sendable, Encodable {
    /// `amd64`, `arm64`, ….
    public var architecture: String
    /// `linux`.
    public var os: String
    /// `v7`, `v8`, ….
    public var variant: String?

    /// Names a platform.
    public init(architecture: String, os: String = "linux", variant: String? = nil) {
        self.architecture = architecture
        self.os = os
        self.variant = variant
    }

    /// The machine that this program was compiled for.
    public static var host: Self {
        #if arch(x86_64)
            Self(architecture: "amd64")
        #elseif arch(arm64)
            Self(architecture: "arm64", variant: "v8")
        #else
            #error("name this architecture as GOARCH does")
        #endif
    }

    /// Whether an image for `self` runs on `other`; a variant counts only where both name one.
    public func runs(on other: Self) -> Bool {
        architecture == other.architecture && os == other.os
            && (variant == nil || other.variant == nil || variant == other.variant)
    }
}
