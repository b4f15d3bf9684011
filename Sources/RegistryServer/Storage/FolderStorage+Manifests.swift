import LinuxKernel
import OCI
import Synchronization

/// A manifest or index of a repository.
struct StoredManifest: Sendable {
    var bytes: [UInt8]
    var mediaType: String
    var digest: Digest
}

extension FolderStorage {
    /// The digest that a tag stands for.
    func tag(_ tag: String, in repository: String) throws -> Digest? {
        guard let text = try read(path(repository, "_tags/\(tag)"), limit: 100) else { return nil }
        return try Digest(String(decoding: text, as: UTF8.self))
    }

    /// A manifest of a repository by its digest.
    func manifest(_ digest: Digest, in repository: String) throws(SystemCallError) -> StoredManifest? {
        guard let type = try read(path(repository, "_manifests/\(digest.hex)"), limit: 300),
            let bytes = try read(blobPath(digest), limit: ManifestCheck.sizeLimit)
        else { return nil }
        return StoredManifest(bytes: bytes, mediaType: String(decoding: type, as: UTF8.self), digest: digest)
    }

    /// Puts a checked manifest into a repository, and a tag on it.
    func put(_ manifest: StoredManifest, tag: String?, subject: Digest?, in repository: String) throws(SystemCallError)
    {
        try change.withLock { _ throws(SystemCallError) in
            if !exists(blobPath(manifest.digest)) { try replace(blobPath(manifest.digest), with: manifest.bytes) }
            try replace(path(repository, "_manifests/\(manifest.digest.hex)"), with: Array(manifest.mediaType.utf8))
            if let subject {
                try replace(path(repository, "_referrers/\(subject.hex)/\(manifest.digest.hex)"), with: [])
            }
            if let tag { try replace(path(repository, "_tags/\(tag)"), with: Array(manifest.digest.description.utf8)) }
        }
    }

    /// Takes a tag away; the manifest stays.
    func removeTag(_ tag: String, in repository: String) throws(SystemCallError) -> Bool {
        try change.withLock { _ throws(SystemCallError) in try remove(path(repository, "_tags/\(tag)")) }
    }

    /// Takes a manifest away, and with it the tags that stand for it.
    func removeManifest(_ digest: Digest, in repository: String) throws -> Bool {
        try change.withLock { _ in
            for name in try names(path(repository, "_tags")) where try tag(name, in: repository) == digest {
                _ = try remove(path(repository, "_tags/\(name)"))
            }
            for subject in try names(path(repository, "_referrers")) {
                _ = try remove(path(repository, "_referrers/\(subject)/\(digest.hex)"))
            }
            return try remove(path(repository, "_manifests/\(digest.hex)"))
        }
    }

    /// The tags of a repository, sorted; `nil` where there is no such repository.
    func tags(in repository: String) throws(SystemCallError) -> [String]? {
        let hasAny = try names(path(repository, "")).contains { $0.hasPrefix("_") }
        return hasAny ? try names(path(repository, "_tags")) : nil
    }

    /// The manifests that refer to another one.
    func referrers(_ subject: Digest, in repository: String) throws -> [StoredManifest] {
        try names(path(repository, "_referrers/\(subject.hex)")).compactMap { name in
            try manifest(try Digest(hex: name), in: repository)
        }
    }
}
