import Glibc
import OCI

/// Where images are loaded from.
public enum ImageSource: Hashable, Sendable {
    /// An archive of either form, plain or compressed with gzip or zstd.
    case archive(ArchiveSource)
    /// An OCI image layout in a directory, or one image of it.
    case layout(path: String, name: String?)
    /// An OCI image layout in an archive, or one image of it.
    case ociArchive(path: String, name: String?)
    /// What `docker save` writes, or one image of it: by a name, or as `@` and its place in the list, from 0.
    case dockerArchive(path: String, name: String?)
    /// The files of one image in a directory, as skopeo(1)'s `dir:`.
    case directory(path: String)

    /// Takes `-`, a path, or what skopeo(1) takes: `oci:PATH[:NAME]`, `oci-archive:PATH[:NAME]`,
    /// `docker-archive:PATH[:NAME]`, `dir:PATH`.
    ///
    /// A path that begins with one of these words and a colon is written with `./` in front. A path alone may be an
    /// archive or the directory of an OCI image layout.
    public init(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let rest = parts.count == 2 ? parts[1] : ""
        switch parts[0] {
        case "oci" where !rest.isEmpty:
            let (path, name) = Self.split(rest)
            self = .layout(path: path, name: name)
        case "oci-archive" where !rest.isEmpty:
            let (path, name) = Self.split(rest)
            self = .ociArchive(path: path, name: name)
        case "docker-archive" where !rest.isEmpty:
            let (path, name) = Self.split(rest)
            self = .dockerArchive(path: path, name: name)
        case "dir" where !rest.isEmpty: self = .directory(path: rest)
        case "-" where parts.count == 1: self = .archive(.descriptor(STDIN_FILENO))
        default:
            self = access(text + "/oci-layout", F_OK) == 0 ? .layout(path: text, name: nil) : .archive(.path(text))
        }
    }

    /// `PATH:NAME`, where the name may have colons and the path none.
    private static func split(_ text: String) -> (path: String, name: String?) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count == 2 && !parts[1].isEmpty ? String(parts[1]) : nil)
    }
}

/// An image that has been loaded.
public struct LoadedImage: Hashable, Sendable {
    /// What its names stand for.
    public var digest: Digest
    /// Its names.
    public var references: [Reference]
    /// What its archives had and the layers have not, with the reason, and how often.
    public var omissions: [String: Int]
}
