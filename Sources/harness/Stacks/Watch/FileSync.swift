import CLinux
import Glibc
import ImageStore
import LinuxKernel
import LocalStacks

/// Does in a container's file system what was done in the host's.
///
/// Every path is the container's to choose, and may be changed while it is gone along: nothing is looked up but below its
/// root, and no link is followed when something is removed.
struct FileSync: Sendable {
    /// The container's root directory.
    let root: SharedDescriptor
    /// Whom new files belong to: the user of the container's first process; without privileges, which can't give files
    /// away, the caller, who is root in the container.
    private let owner: (user: uid_t, group: gid_t)

    private static let accountsLimit = 4 << 20

    /// - Parameters:
    ///   - user: As in the container's plan: a name or a number, with or without a group.
    /// - Throws: ``AccountError``; ``SystemCallError``.
    init(root: SharedDescriptor, user: String) throws {
        self.root = root
        guard geteuid() == 0 else {
            owner = (geteuid(), getegid())
            return
        }
        let accounts = try Accounts(
            passwd: try Self.contents(of: "/etc/passwd", root), group: try Self.contents(of: "/etc/group", root))
        let account = try accounts.resolve(user)
        owner = (account.user, account.group)
    }

    private static func contents(of path: String, _ root: SharedDescriptor) throws(SystemCallError) -> [UInt8] {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor.open(path, O_RDONLY | O_NONBLOCK, beneathRoot: root.rawValue)
            let number = file.rawValue
            var status = stat()
            try checked("fstat", path) { fstat(number, &status) }
            guard status.st_mode & S_IFMT == S_IFREG else { return [] }
            return try readAll(number, limit: accountsLimit)
        } catch {
            guard [ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { throw error }
            return []
        }
    }

    /// Takes changes over, folders before what is in them.
    ///
    /// - Parameters:
    ///   - source: What was watched on the host.
    ///   - target: Where it is in the container.
    /// - Throws: ``SystemCallError``.
    func apply(_ changes: [PathChange], from source: String, to target: String) throws {
        for change in changes {
            let path = change.path.isEmpty ? target : "\(target)/\(change.path)"
            switch change.kind {
            case .removed: try remove(path)
            case .written: try copy(change.path.isEmpty ? source : "\(source)/\(change.path)", to: path)
            }
        }
    }

    private func copy(_ source: String, to path: String) throws {
        let tree: TreeSource
        do throws(SystemCallError) {
            tree = try TreeSource(source, beneathRoot: nil, followsLink: false)
        } catch {
            // Gone again: the next change says so.
            guard [ENOENT, ENOTDIR].contains(error.errno) else { throw error }
            return
        }
        if tree.isDirectory { return _ = try directory(path) }
        guard let (folder, name) = split(path) else { return }
        let copy = TreeCopy(
            into: try directory(folder), owner: .fixed(user: owner.user, group: owner.group, keepsSetID: false))
        try copy.copy(tree, as: name)
    }

    /// The folder and the last component; `nil` for the root.
    private func split(_ path: String) -> (folder: String, name: String)? {
        let components = path.split(separator: "/").filter { $0 != "." }
        guard let last = components.last, last != ".." else { return nil }
        return ("/" + components.dropLast().joined(separator: "/"), String(last))
    }

    /// Opens a folder, which is made where it is missing, with all that lead to it.
    private func directory(_ path: String) throws(SystemCallError) -> OwnedDescriptor {
        do throws(SystemCallError) {
            return try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY, beneathRoot: root.rawValue)
        } catch {
            guard error.errno == ENOENT, let (folder, name) = split(path) else { throw error }
            let parent = try directory(folder)
            let number = parent.rawValue
            try checked("mkdirat", path) { mkdirat(number, name, 0o755) }
            let made = try OwnedDescriptor.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: number)
            let (new, owner) = (made.rawValue, owner)
            try checked("fchown", path) { fchown(new, owner.user, owner.group) }
            return made
        }
    }

    // MARK: Removing

    private func remove(_ path: String) throws(SystemCallError) {
        guard let (folder, name) = split(path) else { return }
        do throws(SystemCallError) {
            let parent = try OwnedDescriptor.open(folder, O_RDONLY | O_DIRECTORY, beneathRoot: root.rawValue)
            try Self.remove(name, in: parent.rawValue)
        } catch {
            guard [ENOENT, ENOTDIR].contains(error.errno) else { throw error }
        }
    }

    private static func remove(_ name: String, in directory: CInt) throws(SystemCallError) {
        if unlinkat(directory, name, 0) == 0 { return }
        guard errno == EISDIR || errno == EPERM else {
            throw SystemCallError(call: "unlinkat", errno: errno, subject: name)
        }
        let folder = try OwnedDescriptor.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: directory)
        let number = folder.rawValue
        for entry in try directoryEntries("/proc/self/fd/\(number)") { try remove(entry, in: number) }
        try checked("unlinkat", name) { unlinkat(directory, name, AT_REMOVEDIR) }
    }
}
