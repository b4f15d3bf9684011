import FoundationEssentials
import OCI

/// What `harness image inspect` prints, a stable format:.
///
///     {
///       "architecture": "amd64",
///       "config": { "Cmd": ["/bin/sh"], "Env": ["PATH=…"] },
///       "configDigest": "sha256:…",
///       "created": "2025-01-31T12:00:00Z",
///       "digest": "sha256:…",
///       "history": [ { "comment": "imported" } ],
///       "layers": [
///         { "diffID": "sha256:…", "digest": "sha256:…", "mediaType": "…", "path": "/var/lib/harness/layers/…", "size": 1234 }
///       ],
///       "os": "linux",
///       "references": [ "docker.io/library/busybox:latest" ],
///       "size": 5678
///     }
///
/// `digest` is the manifest's, which `resolve` and `image: name@digest` take; `config` has the image-spec's own keys;
/// `size` and the layers' `size` are bytes of blobs. What the image does not say is left out.
public struct ImageDescription: Hashable, Sendable, Codable {
    /// One layer.
    public struct Layer: Hashable, Sendable, Codable {
        /// Of the uncompressed archive.
        public var diffID: Digest
        /// Of the blob.
        public var digest: Digest
        /// The blob's.
        public var mediaType: String
        /// Where it is unpacked.
        public var path: String
        /// Of the blob, in bytes.
        public var size: Int64
    }

    /// The manifest's digest.
    public var digest: Digest
    /// Of the configuration's blob: what Docker calls the image's ID.
    public var configDigest: Digest
    /// Full names, sorted.
    public var references: [String]
    /// RFC 3339.
    public var created: String?
    /// As GOARCH.
    public var architecture: String
    /// As GOOS.
    public var os: String
    /// Bytes of all blobs but the manifest.
    public var size: Int64
    /// The defaults of containers.
    public var config: ContainerDefaults?
    /// How the layers came about.
    public var history: [HistoryEntry]?
    /// Base first.
    public var layers: [Layer]

    /// As JSON, indented, keys sorted, with a line feed at the end.
    public func json() throws(ImageStoreError) -> [UInt8] {
        try storing {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
        }
    }
}

extension ImageStore {
    /// Everything that is known of an image.
    ///
    /// - Parameter name: As for ``resolve(_:isCancelled:)``.
    public func inspect(_ name: String) throws(ImageStoreError) -> ImageDescription {
        try storing {
            let file = try IndexFile(location)
            let entry = try entry(for: name, in: file)
            let image = try load(entry, isCancelled: { false })
            let layers = zip(image.manifest.layers, zip(image.configuration.rootfs.diffIDs, image.layers))
            return ImageDescription(
                digest: entry.digest, configDigest: image.manifest.config.digest,
                references: file.index.manifests.filter { $0.digest == entry.digest }
                    .compactMap(IndexFile.reference).map(\.description).sorted(),
                created: image.configuration.created, architecture: image.configuration.architecture,
                os: image.configuration.os,
                size: image.manifest.config.size + image.manifest.layers.map(\.size).reduce(0, +),
                config: image.configuration.config, history: image.configuration.history,
                layers: layers.map { blob, unpacked in
                    ImageDescription.Layer(
                        diffID: unpacked.0, digest: blob.digest, mediaType: blob.mediaType, path: unpacked.1,
                        size: blob.size)
                })
        }
    }
}
