/// The types of an image's parts, in the specification's and in Docker's spelling.
public enum MediaType {
    /// image-spec `image-index.md`.
    public static let index = "application/vnd.oci.image.index.v1+json"
    /// image-spec `manifest.md`.
    public static let manifest = "application/vnd.oci.image.manifest.v1+json"
    /// image-spec `config.md`.
    public static let configuration = "application/vnd.oci.image.config.v1+json"
    /// image-spec `layer.md`: uncompressed.
    public static let layer = "application/vnd.oci.image.layer.v1.tar"
    /// RFC 1952.
    public static let gzipLayer = "application/vnd.oci.image.layer.v1.tar+gzip"
    /// RFC 8478.
    public static let zstdLayer = "application/vnd.oci.image.layer.v1.tar+zstd"

    /// Docker's image index.
    public static let dockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json"
    /// Docker's manifest, schema 2.
    public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    /// Docker's configuration.
    public static let dockerConfiguration = "application/vnd.docker.container.image.v1+json"
    /// Docker's gzip layer.
    public static let dockerGzipLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    /// Docker's uncompressed layer.
    public static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"

    /// Whether a document of that type lists further manifests.
    public static func isIndex(_ type: String) -> Bool { type == index || type == dockerIndex }

    /// Whether a document of that type is one image.
    public static func isManifest(_ type: String) -> Bool { type == manifest || type == dockerManifest }

    /// Whether a document of that type is an image's configuration.
    public static func isConfiguration(_ type: String) -> Bool { type == configuration || type == dockerConfiguration }

    /// Whether a blob of that type is a file system change set that can be unpacked.
    public static func isLayer(_ type: String) -> Bool {
        [layer, gzipLayer, zstdLayer, dockerGzipLayer, dockerLayer].contains(type)
    }
}
