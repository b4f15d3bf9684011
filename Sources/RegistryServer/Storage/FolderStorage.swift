import Glibc
import LinuxKernel
import OCI
import RegistryProtocol
import Synchronization

/// The folder that a registry keeps everything in. Its methods block.
///
///     blobs/sha256/HEX                      contents, of all repositories
///     repositories/NAME/_blobs/HEX          the repository has that blob
///     repositories/NAME/_manifests/HEX      the repository has that manifest; the file says its media type
///     repositories/NAME/_tags/TAG           the digest that the tag stands for
///     repositories/NAME/_referrers/HEX/HEX  the second manifest refers to the first
///     uploads/IDENTIFIER                    what has come of a blob
///
/// No component of a repository's name begins with `_`. A file is written under another name, synced and renamed: after
/// a crash there is the old or the new one. Blobs come before what refers to them.
///
/// No symbolic link is followed below the root: what one leads to is not the registry's to give out or to change.
final class FolderStorage: Sendable {
    let root: String
    /// Held as long as the object lives: two servers would not see each other's uploads.
    private let lock: OwnedDescriptor
    /// Guards changes of what refers to blobs.
    let change = Mutex<Void>(())

    private init(root: String, lock: consuming OwnedDescriptor) {
        self.root = root
        self.lock = lock
    }

    /// Opens the folder, and removes what an earlier server has left unfinished.
    ///
    /// No initializer that throws: of one with a mutex the optimiser makes nothing in a release build.
    ///
    /// - Throws: ``RegistryError`` of kind `configuration`.
    static func open(root: String) throws(RegistryError) -> FolderStorage {
        let storage = FolderStorage(root: root, lock: try lock(root))
        try storage.refuseLinks()
        do {
            for name in try directoryEntries("\(root)/uploads") { unlink("\(root)/uploads/\(name)") }
            try storage.removeUnreferenced()
        } catch {
            throw RegistryError(.configuration, "the folder can't be tidied: \(error)")
        }
        return storage
    }

    /// Makes the folder where it is missing, and takes the sole right to it.
    private static func lock(_ root: String) throws(RegistryError) -> OwnedDescriptor {
        let lock: OwnedDescriptor
        do {
            for folder in ["blobs/sha256", "repositories", "uploads"] { try makeDirectories("\(root)/\(folder)") }
            lock = try .open("\(root)/lock", O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600)
        } catch {
            let remedy =
                [EACCES, EPERM].contains(error.errno)
                ? "give the folder to the user that the server runs as: see --user" : nil
            throw RegistryError(.configuration, "the folder can't be used: \(error)", remedy: remedy)
        }
        guard flock(lock.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            throw RegistryError(
                .configuration, "\(root) is served by another process", remedy: "stop that one, or use another folder")
        }
        return lock
    }

    func blobPath(_ digest: Digest) -> String { "\(root)/blobs/sha256/\(digest.hex)" }
    func path(_ repository: String, _ rest: String) -> String { "\(root)/repositories/\(repository)/\(rest)" }

    /// Whether there is a file.
    func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Writes a file as a whole.
    func replace(_ path: String, with bytes: [UInt8]) throws(SystemCallError) {
        guard let slash = path.lastIndex(of: "/") else { return }
        try makeDirectories(String(path[..<slash]))
        try replaceFile(path, with: bytes, through: "\(root)/uploads/new-\(UInt64.random(in: .min ... .max))")
    }

    /// Reads a small file; `nil` where there is none.
    func read(_ path: String, limit: Int = 4 << 20) throws(SystemCallError) -> [UInt8]? {
        do {
            return try readRegularFile(path, flags: O_NOFOLLOW, limit: limit)
        } catch {
            if [ENOENT, ENOTDIR].contains(error.errno) { return nil }
            throw error
        }
    }

    /// The names in a folder; none where there is no folder.
    func names(_ path: String) throws(SystemCallError) -> [String] {
        do {
            return try directoryEntries(path)
        } catch {
            if [ENOENT, ENOTDIR].contains(error.errno) { return [] }
            throw error
        }
    }

    func remove(_ path: String) throws(SystemCallError) -> Bool {
        do {
            try checked("unlink", path) { unlink(path) }
            return true
        } catch {
            if [ENOENT, ENOTDIR].contains(error.errno) { return false }
            throw error
        }
    }

    /// Refuses a folder in which a link stands for a directory: what is written below it would land elsewhere.
    private func refuseLinks() throws(RegistryError) {
        var folders = ["blobs", "blobs/sha256", "uploads", "repositories"]
        while let folder = folders.popLast() {
            let path = "\(root)/\(folder)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFLNK else {
                throw RegistryError(
                    .configuration, "\(path) is a symbolic link, and none is followed in the folder of a registry",
                    remedy: "put what it leads to in its place; --root itself may be a link")
            }
            let name = folder.split(separator: "/").last ?? ""
            guard folder.hasPrefix("repositories"), !name.hasPrefix("_") || name == "_referrers" else { continue }
            do {
                folders += try names(path).map { "\(folder)/\($0)" }
            } catch {
                throw RegistryError(.configuration, "the folder can't be read: \(error)")
            }
        }
    }

    /// Removes blobs that no repository has. Nobody uploads yet.
    private func removeUnreferenced() throws(SystemCallError) {
        var kept: Set<String> = []
        for repository in try repositories() {
            for folder in ["_blobs", "_manifests"] { kept.formUnion(try names(path(repository, folder))) }
        }
        for name in try names("\(root)/blobs/sha256") where !kept.contains(name) {
            unlink("\(root)/blobs/sha256/\(name)")
        }
    }

    /// Every repository that has something, sorted.
    func repositories() throws(SystemCallError) -> [String] {
        var found: [String] = []
        var folders = [""]
        while let folder = folders.popLast() {
            for name in try names("\(root)/repositories/\(folder)") {
                if name.hasPrefix("_") {
                    if !folder.isEmpty, found.last != folder { found.append(folder) }
                } else {
                    folders.append(folder.isEmpty ? name : "\(folder)/\(name)")
                }
            }
        }
        return found.sorted()
    }
}
