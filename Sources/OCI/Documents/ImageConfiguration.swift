/// What an image's containers start with, and what its layers unpack to (image-spec `config.md`).
public struct ImageConfiguration: Hashable, Sendable, Encodable {
    /// RFC 3339.
    public var created: String?
    /// Free text.
    public var author: String?
    /// As GOARCH: `amd64`.
    public var architecture: String
    /// As GOOS: `linux`.
    public var os: String
    /// `v8` of arm64 and the like.
    public var variant: String?
    /// The defaults of containers; a missing object means none.
    public var config: ContainerDefaults?
    /// The layers by what they unpack to.
    public var rootfs: RootFileSystem
    /// How each layer came about, oldest first.
    public var history: [HistoryEntry]?

    /// A configuration for `platform` with the given layers.
    public init(
        platform: Platform = .host, config: ContainerDefaults = ContainerDefaults(), diffIDs: [Digest],
        created: String? = nil, history: [HistoryEntry]? = nil
    ) {
        architecture = platform.architecture
        os = platform.os
        variant = platform.variant
        self.config = config
        rootfs = RootFileSystem(diffIDs: diffIDs)
        self.created = created
        self.history = history
    }
}

/// The layers of an image by the digests of their uncompressed archives.
public struct RootFileSystem: Hashable, Sendable, Encodable {
    /// Always `layers`.
    public var type: String
    /// Base first.
    public var diffIDs: [Digest]

    /// Names the layers, base first.
    public init(diffIDs: [Digest]) {
        type = "layers"
        self.diffIDs = diffIDs
    }

    enum CodingKeys: String, CodingKey {
        case type
        case diffIDs = "diff_ids"
    }
}

/// A step of an image's making.
public struct HistoryEntry: Hashable, Sendable, Encodable {
    /// RFC 3339.
    public var created: String?
    /// The command, for people.
    public var createdBy: String?
    /// Free text.
    public var comment: String?
    /// Whether the step made no layer.
    public var emptyLayer: Bool?

    /// Records a step.
    public init(created: String? = nil, createdBy: String? = nil, comment: String? = nil, emptyLayer: Bool? = nil) {
        self.created = created
        self.createdBy = createdBy
        self.comment = comment
        self.emptyLayer = emptyLayer
    }

    enum CodingKeys: String, CodingKey {
        case created
        case createdBy = "created_by"
        case comment
        case emptyLayer = "empty_layer"
    }
}
