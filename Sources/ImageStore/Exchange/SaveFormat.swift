/// The form in which images are saved.
public enum SaveFormat: String, Hashable, Sendable, CaseIterable {
    /// An OCI image layout as one tar archive: every byte as it is in the store, so that digests stay.
    case ociArchive = "oci-archive"
    /// What `docker save` writes and every `docker load` reads: layers uncompressed, one platform an image.
    case dockerArchive = "docker-archive"
}

/// How far an exchange has come.
public struct ExchangeProgress: Hashable, Sendable {
    /// What is being written or read.
    public var step: String
    /// Bytes so far.
    public var bytes: Int64
}
