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
public struct Platform: Hashable, Sendable, Encodable, CustomStringConvertible {
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

    /// The manifest of an image index that fits this platform best: with the same variant, else with none, else with
    /// any where the platform names none; among equals the first, as other programs have it.
    public func bestFit(among manifests: [Descriptor]) -> Descriptor? {
        let fitting = manifests.filter { MediaType.isManifest($0.mediaType) && $0.platform?.runs(on: self) ?? false }
        return fitting.first { $0.platform?.variant == variant } ?? fitting.first { $0.platform?.variant == nil }
            ?? fitting.first
    }

    /// `linux/arm64/v8`.
    public var description: String { "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "") }

    /// Takes `OS/ARCHITECTURE[/VARIANT]`, or an architecture alone, in the names of Go or of uname(1); `nil` where it is
    /// none of these.
    public init?(_ text: String) {
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).map { $0.lowercased() }
        if parts.count == 1 { parts.insert("linux", at: 0) }
        guard (2...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        let names = ["x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386"]
        self.init(
            architecture: names[parts[1]] ?? parts[1], os: parts[0], variant: parts.count == 3 ? parts[2] : nil)
    }

    /// Whether an image for `self` runs on `other`; a variant counts only where both name one.
    public func runs(on other: Self) -> Bool {
        architecture == other.architecture && os == other.os
            && (variant == nil || other.variant == nil || variant == other.variant)
    }
}
