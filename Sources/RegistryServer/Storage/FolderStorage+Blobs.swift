import Glibc
import LinuxKernel
import OCI

/// A blob that can be read.
struct StoredBlob: Sendable {
    var size: Int64
    /// Valid as long as the owner is.
    var descriptor: CInt
    var owner: any Sendable & AnyObject
}

extension FolderStorage {
    /// Opens a blob of a repository; `nil` where it has none.
    func openBlob(_ digest: Digest, in repository: String) throws(SystemCallError) -> StoredBlob? {
        guard exists(path(repository, "_blobs/\(digest.hex)")) else { return nil }
        return try openContent(digest)
    }

    /// Opens a content whoever has it.
    func openContent(_ digest: Digest) throws(SystemCallError) -> StoredBlob? {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor.open(blobPath(digest), O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            var status = stat()
            try checked("fstat", digest.description) { fstat(file.rawValue, &status) }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw SystemCallError(call: "open", errno: EINVAL, subject: blobPath(digest))
            }
            let owner = SharedDescriptor(file)
            return StoredBlob(size: Int64(status.st_size), descriptor: owner.rawValue, owner: owner)
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
    }

    /// Has a repository share a content that there is.
    func link(_ digest: Digest, in repository: String) throws(SystemCallError) {
        try replace(path(repository, "_blobs/\(digest.hex)"), with: [])
    }

    /// Has a repository take a blob of another one; `false` where that has none.
    func mount(_ digest: Digest, from source: String, to repository: String) throws(SystemCallError) -> Bool {
        guard exists(path(source, "_blobs/\(digest.hex)")), exists(blobPath(digest)) else { return false }
        try link(digest, in: repository)
        return true
    }

    /// Takes a blob away from a repository; `false` where it had none. The content goes when the server starts anew.
    func removeBlob(_ digest: Digest, in repository: String) throws(SystemCallError) -> Bool {
        try remove(path(repository, "_blobs/\(digest.hex)"))
    }

    /// Puts a file of `uploads/` in its place as a blob of a repository.
    func place(_ upload: String, as digest: Digest, in repository: String) throws(SystemCallError) {
        let target = blobPath(digest)
        try checked("rename", target) { rename(upload, target) }
        let folder = try OwnedDescriptor.open("\(root)/blobs/sha256", O_RDONLY | O_DIRECTORY)
        try checked("fsync", "\(root)/blobs") { fsync(folder.rawValue) }
        try link(digest, in: repository)
    }
}
