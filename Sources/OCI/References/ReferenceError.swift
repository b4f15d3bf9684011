/// A text that is no image reference.
public struct ReferenceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong with the text.
    public enum Kind: Hashable, Sendable {
        /// There is none.
        case empty
        /// Over 255 bytes of registry and repository, or over 1 KiB in all.
        case tooLong
        /// The registry's host name or port.
        case registry
        /// A component of the repository's path.
        case repository
        /// 64 hexadecimal digits, which would look like an identifier.
        case identifier
        /// What follows the colon.
        case tag
        /// It is in a place that is named in another way: a transport of containers-transports(5) that there is not here.
        case transport(String)
        /// What follows the `@`.
        case digest(DigestError)
    }

    /// What is wrong.
    public var kind: Kind
    /// The whole text.
    public var text: String

    /// An error of that text.
    public init(kind: Kind, text: String) {
        self.kind = kind
        self.text = text
    }

    /// The next thing to try.
    public var remedy: String {
        switch kind {
        case .empty, .tooLong: "write REPOSITORY[:TAG], for example 'busybox:latest'"
        case .registry: "a registry is a host name and an optional port, for example 'registry.example.com:5000'"
        case .repository:
            text.contains(where: \.isUppercase)
                ? "repository names are lower case: '\(text.lowercased().prefix(200))'"
                : "a repository has lower-case letters and digits, separated by '.', '_', '__', '-' or '/'"
        case .identifier: "to mean an image by its digest, write 'sha256:' in front"
        case .tag: "a tag has letters, digits, '_', '.' and '-', and does not begin with '.' or '-'; 128 at most"
        case .transport:
            "write REPOSITORY[:TAG], docker://…, oci:PATH[:TAG], oci-archive:PATH[:TAG], docker-archive:PATH[:REFERENCE] or dir:PATH"
        case .digest: "copy the digest from 'harness image inspect'"
        }
    }

    /// One sentence for a person.
    public var description: String {
        let shown = "'\(text.prefix(200))'"
        return switch kind {
        case .empty: "the image reference is empty"
        case .tooLong: "image reference \(shown) is too long"
        case .registry: "image reference \(shown): the registry is not a host name with an optional port"
        case .repository: "image reference \(shown): the repository name is invalid"
        case .identifier: "image reference \(shown): a repository can't be named by 64 hexadecimal digits"
        case .tag: "image reference \(shown): the tag is invalid"
        case .transport(let name): "image reference \(shown): there is no transport '\(name.prefix(40))'"
        case .digest(let error): "image reference \(shown): \(error)"
        }
    }
}
