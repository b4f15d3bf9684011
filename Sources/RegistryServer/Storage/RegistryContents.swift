import OCI

/// What a registry can give out. Methods block.
protocol RegistryContents: Sendable {
    /// Every repository, sorted.
    func repositories() throws -> [String]
    /// The tags of a repository, sorted; `nil` where there is no such repository.
    func tags(in repository: String) throws -> [String]?
    /// The digest that a tag stands for.
    func tag(_ tag: String, in repository: String) throws -> Digest?
    /// A manifest or index of a repository.
    func manifest(_ digest: Digest, in repository: String) throws -> StoredManifest?
    /// The manifests that refer to another one.
    func referrers(_ subject: Digest, in repository: String) throws -> [StoredManifest]
    /// A blob of a repository.
    func openBlob(_ digest: Digest, in repository: String) throws -> StoredBlob?
}

extension FolderStorage: RegistryContents {}
