import CLinux
import Glibc
import LinuxKernel

/// Copies trees into a directory, which others may change meanwhile.
///
/// A file takes its name when it is complete, in the place of whatever but a directory has it; modes and times are
/// kept. Nothing is looked up by more than one component at a time, and no symbolic link in the directory is followed.
public final class TreeCopy: TreeSink {
    /// Whom the copies belong to.
    public enum Owner: Hashable, Sendable {
        /// As what they are copied from.
        case kept
        /// To these; set-user-ID and set-group-ID bits are dropped unless `keepsSetID`.
        case fixed(user: uid_t, group: gid_t, keepsSetID: Bool)
    }

    private static let chunk = 256 << 10

    private var directories: [SharedDescriptor]
    private let owner: Owner
    /// What was left out, and how often.
    public private(set) var omissions: [String: Int] = [:]

    /// - Parameter directory: Where what is copied goes.
    public init(into directory: consuming OwnedDescriptor, owner: Owner) {
        directories = [SharedDescriptor(directory)]
        self.owner = owner
    }

    /// Copies a tree under that name.
    ///
    /// - Throws: ``SystemCallError``: `EISDIR` and `ENOTDIR` where a file would take a directory's place, or a
    ///   directory a file's; `EBUSY` where something is mounted over the name.
    public func copy(_ source: TreeSource, as name: String) throws {
        try TreeWalk(to: self).copy(source, as: cString(Array(name.utf8)))
    }

    /// Copies what is in a directory.
    public func copyContents(of source: TreeSource) throws { try TreeWalk(to: self).copyContents(of: source) }

    private var directory: CInt { directories.last?.rawValue ?? -1 }

    // MARK: Kinds of files

    func file(_ name: [CChar], _ status: stat, content: CInt) throws {
        let parent = directory
        try placing(name) { temporary in
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let file = OwnedDescriptor(
                adopting: try checked("openat", text(name)) { clinux_openat(parent, temporary, flags, 0o600) })
            try Self.copyContent(from: content, to: file.rawValue)
            try apply(status, to: file.rawValue)
        }
    }

    private static func copyContent(from source: CInt, to target: CInt) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try checked("read") { read(source, buffer.baseAddress, buffer.count) }
            if count == 0 { return }
            try FileContent.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: target)
        }
    }

    func symbolicLink(_ name: [CChar], _ status: stat, target: [CChar]) throws {
        let (parent, times) = (directory, Self.times(status))
        let (user, group) = ids(status)
        try placing(name) { temporary in
            try checked("symlinkat", text(name)) { symlinkat(target, parent, temporary) }
            try own(name) { fchownat(parent, temporary, user, group, AT_SYMLINK_NOFOLLOW) }
            try checked("utimensat", text(name)) { utimensat(parent, temporary, times, AT_SYMLINK_NOFOLLOW) }
        }
    }

    func special(_ name: [CChar], _ status: stat) throws {
        guard status.st_mode & S_IFMT == S_IFIFO else {
            return omit(status.st_mode & S_IFMT == S_IFSOCK ? "socket" : "device")
        }
        let (parent, times, mode) = (directory, Self.times(status), mode(status))
        let (user, group) = ids(status)
        try placing(name) { temporary in
            try checked("mkfifoat", text(name)) { mkfifoat(parent, temporary, 0o600) }
            try own(name) { fchownat(parent, temporary, user, group, AT_SYMLINK_NOFOLLOW) }
            try checked("fchmodat", text(name)) { fchmodat(parent, temporary, mode, 0) }
            try checked("utimensat", text(name)) { utimensat(parent, temporary, times, AT_SYMLINK_NOFOLLOW) }
        }
    }

    func enter(_ name: [CChar], _ status: stat) throws {
        let parent = directory
        if mkdirat(parent, name, 0o700) != 0, errno != EEXIST {
            throw SystemCallError(call: "mkdirat", errno: errno, subject: text(name))
        }
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        directories.append(
            SharedDescriptor(
                OwnedDescriptor(
                    adopting: try checked("openat", text(name)) { clinux_openat(parent, name, flags, 0) })))
    }

    func leave(_ status: stat) throws {
        try apply(status, to: directory)
        directories.removeLast()
    }

    func omit(_ what: String) { omissions[what, default: 0] += 1 }

    // MARK: Names and attributes

    /// Makes something under a name that nobody looks for, and gives it its own when it is complete.
    private func placing(_ name: [CChar], _ make: ([CChar]) throws -> Void) throws {
        let parent = directory
        let temporary = cString(Array(".harness-\(UInt64.random(in: .min ... .max))".utf8))
        do {
            try make(temporary)
            try refuseMount(name, in: parent)
            try checked("rename", text(name)) { renameat(parent, temporary, parent, name) }
        } catch {
            unlinkat(parent, temporary, 0)
            throw error
        }
    }

    /// The owner first: changing it takes bits of the mode away.
    private func apply(_ status: stat, to file: CInt) throws(SystemCallError) {
        let (user, group) = ids(status)
        let (mode, times) = (mode(status), Self.times(status))
        try own([0]) { fchown(file, user, group) }
        try checked("fchmod") { fchmod(file, mode) }
        try checked("futimens") { futimens(file, times) }
    }

    /// Only root gives files away; what others make is theirs, which in a container of theirs is root's.
    private func own(_ name: [CChar], _ change: () -> CInt) throws(SystemCallError) {
        guard geteuid() != 0 else {
            try checked("fchown", text(name), change)
            return
        }
        if owner == .kept, change() != 0 { omit("owner, which only root can keep") }
    }

    private func ids(_ status: stat) -> (uid_t, gid_t) {
        switch owner {
        case .kept: (status.st_uid, status.st_gid)
        case .fixed(let user, let group, _): (user, group)
        }
    }

    private func mode(_ status: stat) -> mode_t {
        if case .fixed(_, _, keepsSetID: false) = owner { return status.st_mode & 0o1777 }
        return status.st_mode & 0o7777
    }

    private static func times(_ status: stat) -> [timespec] { [status.st_mtim, status.st_mtim] }
}
