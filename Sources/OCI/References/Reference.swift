/// The name of an image: `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]`, normalised as Docker does.
///
/// `busybox` is `docker.io/library/busybox:latest`; a reference with a digest and no tag gets no tag. Source: the
/// grammar of the distribution project's `reference` package, which Docker and the registries share.
public struct Reference: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Host and optional port; `docker.io` where the text had none.
    public let registry: String
    /// The path in the registry, with `library/` in front where Docker Hub's official images are meant.
    public let repository: String
    /// 1...128 characters of `[A-Za-z0-9_.-]`, not beginning with `.` or `-`.
    public let tag: String?
    /// The content that is meant, whatever the tag says now.
    public let digest: Digest?

    /// Takes a reference in any form that `docker run` takes.
    ///
    /// - Throws: ``ReferenceError`` naming the part that is wrong.
    public init(_ text: String) throws(ReferenceError) {
        var parts = try ReferenceParts(text)
        if parts.tag == nil, parts.digest == nil { parts.tag = "latest" }
        (registry, repository, tag, digest) = (parts.registry, parts.repository, parts.tag, parts.digest)
    }

    private init(registry: String, repository: String, tag: String?, digest: Digest?) {
        (self.registry, self.repository, self.tag, self.digest) = (registry, repository, tag, digest)
    }

    /// The full form: what the index of a store has as `org.opencontainers.image.ref.name`.
    public var description: String { "\(registry)/\(repository)" + suffix }

    /// The short form that people type: without `docker.io/` and `library/`.
    public var familiar: String {
        guard registry == Self.defaultRegistry else { return description }
        let official = "library/"
        let isOfficial = repository.hasPrefix(official) && !repository.dropFirst(official.count).contains("/")
        return (isOfficial ? String(repository.dropFirst(official.count)) : repository) + suffix
    }

    /// The same repository without the digest; `latest` where there was no tag.
    public var withoutDigest: Self {
        Self(registry: registry, repository: repository, tag: tag ?? "latest", digest: nil)
    }

    /// The same name, meaning that content.
    public func withDigest(_ digest: Digest) -> Self {
        Self(registry: registry, repository: repository, tag: tag, digest: digest)
    }

    /// In the order of the full forms.
    public static func < (left: Self, right: Self) -> Bool { left.description < right.description }

    private var suffix: String { (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }

    static let defaultRegistry = "docker.io"
}

extension Reference: Encodable {
    /// Writes the full form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
