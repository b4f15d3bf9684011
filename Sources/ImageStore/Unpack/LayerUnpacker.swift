import CLinux
import Glibc
import LinuxKernel

/// Writes an archive's entries into a directory, in the form that overlayfs(5) takes as a lower layer.
///
/// Without privileges, owners are not kept, device nodes are left out and overlayfs's own attribute is in the `user`
/// namespace (mount option `userxattr`); ``omissions`` tells what that was. Root of a user namespace keeps those owners
/// that there are in it.
///
/// Only the calling thread's own view of the process is used: no chdir(2), no umask(2); modes are set by fchmod(2).
final class LayerUnpacker {
    /// What is done with an archive.
    enum Purpose {
        /// A layer of an image: whiteouts hide what is below, and the later entry wins.
        case layer
        /// Files for a directory that has some: no name means anything else, and no directory is replaced.
        case copy
    }

    let root: LayerRoot
    private let purpose: Purpose
    let isPrivileged: Bool
    /// The ids that there are; `nil`: the machine's.
    let identities: IdentityMap?
    private let limits: UnpackLimits
    private var count = 0
    /// Directories get their times, and without privileges their modes, when nothing is written into them any more.
    ///
    /// Nothing else of an entry is kept: its attributes may have a MiB.
    private var directories: [[UInt8]: (mode: UInt32, times: [timespec])] = [:]
    /// What could not be kept, with the reason, and how often.
    private(set) var omissions: [String: Int] = [:]

    /// Takes a directory, for a layer an empty one.
    ///
    /// - Parameter identities: The ids that there are; `nil`: the machine's.
    init(
        into root: consuming OwnedDescriptor, limits: UnpackLimits, purpose: Purpose = .layer,
        isPrivileged: Bool = geteuid() == 0, identities: IdentityMap? = nil
    ) {
        self.purpose = purpose
        self.root = LayerRoot(root)
        self.limits = limits
        self.isPrivileged = isPrivileged
        self.identities = identities?.isInitial == true ? nil : identities
    }

    /// Unpacks everything up to the archive's end marker.
    func unpack(_ reader: inout TarReader) throws {
        while let entry = try reader.next() {
            count += 1
            if count > limits.entries { throw ArchiveError(.tooLarge("\(limits.entries) entries")) }
            let path = try EntryPath(entry.name)
            do {
                try write(entry, at: path, from: &reader)
            } catch let error as SystemCallError {
                throw Self.explain(error, path)
            }
        }
        for (path, entry) in directories { try finishDirectory(path, mode: entry.mode, times: entry.times) }
    }

    private func write(_ entry: TarEntry, at path: EntryPath, from reader: inout TarReader) throws {
        if purpose == .layer, let whiteout = try Whiteout(path) { return try apply(whiteout, at: path) }
        guard let name = path.name else {
            guard entry.kind == .directory else { throw ArchiveError(.nameRefused, entryNamed: entry.name) }
            return try writeMetadata(ofDirectory: root.descriptor, entry, path)
        }
        let directory = try root.parent(of: path)
        // Held by this call: a replaced entry makes the root forget its own.
        defer { withExtendedLifetime(directory) {} }
        let parent = directory.rawValue
        if purpose == .copy { try checkKind(entry, name, in: parent) }
        switch entry.kind {
        case .file: try writeFile(entry, name, in: parent, from: &reader, path)
        case .directory: try writeDirectory(entry, name, in: parent, path)
        case .hardLink: try writeHardLink(entry, name, in: parent, path)
        case .symbolicLink: try writeSymbolicLink(entry, name, in: parent, path)
        case .characterDevice, .blockDevice, .fifo: try writeNode(entry, name, in: parent, path)
        }
    }

    /// A directory stays one, nothing else becomes one, and mounts stay.
    private func checkKind(_ entry: TarEntry, _ name: [CChar], in parent: CInt) throws {
        guard let existing = try statusIfPresent(of: name, in: parent) else { return }
        if (existing.st_mode & S_IFMT == S_IFDIR) != (entry.kind == .directory) {
            throw ArchiveError(.kindDiffers, entryNamed: entry.name)
        }
        if entry.kind != .directory { try refuseMount(name, in: parent) }
    }

    // MARK: Kinds of entries

    private func writeFile(
        _ entry: TarEntry, _ name: [CChar], in parent: CInt, from reader: inout TarReader, _ path: EntryPath
    ) throws {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = OwnedDescriptor(
            adopting: try replacing(name, in: parent, call: "openat", path) {
                clinux_openat(parent, name, flags, 0o600)
            })
        if let map = entry.sparseMap {
            try FileContent.writeSparse(map, size: entry.size, to: file.rawValue, from: &reader)
        } else {
            try reader.readContent { try FileContent.write($0, to: file.rawValue) }
        }
        if let owner = owner(of: entry) {
            try checked("fchown") { fchown(file.rawValue, owner.user, owner.group) }
        }
        // After the owner: a change of owner takes set-id bits and capabilities away.
        try checked("fchmod") { fchmod(file.rawValue, entry.mode) }
        try writeAttributes(of: entry, to: file.rawValue)
        let times = entry.times
        try checked("futimens") { futimens(file.rawValue, times) }
    }

    private func writeDirectory(_ entry: TarEntry, _ name: [CChar], in parent: CInt, _ path: EntryPath) throws {
        var replacesWhiteout = false
        if mkdirat(parent, name, 0o700) != 0 {
            let code = errno
            guard code == EEXIST else { throw SystemCallError(call: "mkdirat", errno: code, subject: path.description) }
            let existing = try status(of: name, in: parent)
            if existing.st_mode & S_IFMT != S_IFDIR {
                replacesWhiteout = existing.st_mode & S_IFMT == S_IFCHR && existing.st_rdev == 0
                try replacing(name, in: parent, call: "mkdirat", path) { mkdirat(parent, name, 0o700) }
            }
        }
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let directory = OwnedDescriptor(adopting: try checked("openat") { clinux_openat(parent, name, flags, 0) })
        try writeMetadata(ofDirectory: directory.rawValue, entry, path)
        if replacesWhiteout { try makeOpaque(directory.rawValue) }
    }

    private func writeMetadata(ofDirectory directory: CInt, _ entry: TarEntry, _ path: EntryPath) throws {
        if let owner = owner(of: entry) {
            try checked("fchown") { fchown(directory, owner.user, owner.group) }
            try checked("fchmod") { fchmod(directory, entry.mode) }
        }
        try writeAttributes(of: entry, to: directory)
        directories[path.bytes] = (entry.mode, entry.times)
    }

    private func finishDirectory(_ path: [UInt8], mode: UInt32, times: [timespec]) throws {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
        // Nothing where a later entry has replaced it.
        guard let directory = try root.openUnlessReplaced(cString(path.isEmpty ? [UInt8(ascii: ".")] : path), flags)
        else { return }
        if !isPrivileged { try checked("fchmod") { fchmod(directory.rawValue, mode) } }
        try checked("futimens") { futimens(directory.rawValue, times) }
    }

    private func writeSymbolicLink(_ entry: TarEntry, _ name: [CChar], in parent: CInt, _ path: EntryPath) throws {
        guard !entry.linkTarget.isEmpty, !entry.linkTarget.contains(0) else {
            throw ArchiveError(.headerInvalid("a symbolic link without a target"), entryNamed: entry.name)
        }
        // Stored as it is, wherever it leads: it is followed only below a root.
        let target = cString(entry.linkTarget)
        try replacing(name, in: parent, call: "symlinkat", path) { symlinkat(target, parent, name) }
        if let owner = owner(of: entry) {
            try checked("fchownat") { fchownat(parent, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW) }
        }
        for attribute in entry.extendedAttributes { omit("attribute \(attribute.name) of a symbolic link") }
        let times = entry.times
        try checked("utimensat") { utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) }
        root.invalidate()
    }

    private func writeNode(_ entry: TarEntry, _ name: [CChar], in parent: CInt, _ path: EntryPath) throws {
        let type: mode_t =
            switch entry.kind {
            case .characterDevice: S_IFCHR
            case .blockDevice: S_IFBLK
            default: S_IFIFO
            }
        let device = entry.kind == .fifo ? 0 : clinux_makedev(entry.deviceMajor, entry.deviceMinor)
        guard isMachinesRoot || entry.kind == .fifo else { return omit("device node, which only root can make") }
        do {
            try replacing(name, in: parent, call: "mknodat", path) { mknodat(parent, name, type | 0o600, device) }
        } catch {
            // Root of a user namespace that somebody else has made.
            guard error.errno == EPERM, entry.kind != .fifo else { throw error }
            return omit("device node, which only root can make")
        }
        if let owner = owner(of: entry) {
            try checked("fchownat") { fchownat(parent, name, owner.user, owner.group, AT_SYMLINK_NOFOLLOW) }
        }
        try checked("fchmodat") { fchmodat(parent, name, entry.mode, 0) }
        let times = entry.times
        try checked("utimensat") { utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) }
    }

    private func writeHardLink(_ entry: TarEntry, _ name: [CChar], in parent: CInt, _ path: EntryPath) throws {
        let text = String(String(decoding: entry.linkTarget, as: UTF8.self).prefix(200))
        let refusal = ArchiveError(.linkTargetRefused(text), entryNamed: entry.name)
        guard let target = EntryPath(ifAllowed: entry.linkTarget), let targetName = target.name,
            let directory = try root.openUnlessReplaced(target.parent, O_RDONLY | O_DIRECTORY),
            let existing = try statusIfPresent(of: targetName, in: directory.rawValue),
            existing.st_mode & S_IFMT != S_IFDIR
        else { throw refusal }
        if let old = try statusIfPresent(of: name, in: parent),
            old.st_ino == existing.st_ino, old.st_dev == existing.st_dev
        {
            return
        }
        // Without flags, linkat(2) does not follow a link that the last component is.
        try replacing(name, in: parent, call: "linkat", path) {
            linkat(directory.rawValue, targetName, parent, name, 0)
        }
    }

    // MARK: Attributes

    private func writeAttributes(of entry: TarEntry, to file: CInt) throws {
        for (name, value) in entry.extendedAttributes {
            guard LayerAttributes.isKept(name) else {
                omit("attribute \(name), which a layer may not set")
                continue
            }
            if fsetxattr(file, name, value, value.count, 0) == 0 { continue }
            let code = errno
            switch code {
            case EOPNOTSUPP: omit("attribute \(name), which the file system does not have")
            case EPERM: omit("attribute \(name), which only root can set")
            default: throw SystemCallError(call: "fsetxattr", errno: code, subject: name)
            }
        }
    }

    func omit(_ what: String) { omissions[what, default: 0] += 1 }

    // MARK: Names that are taken

    /// Makes an entry; where the name is taken, the later entry wins.
    @discardableResult
    private func replacing(
        _ name: [CChar], in parent: CInt, call: StaticString, _ path: EntryPath, _ make: () -> CInt
    ) throws(SystemCallError) -> CInt {
        do {
            return try checked(call, path.description, make)
        } catch {
            guard error.errno == EEXIST else { throw error }
        }
        try removeTree(name, in: parent)
        root.invalidate()
        return try checked(call, path.description, make)
    }

    func status(of name: [CChar], in directory: CInt) throws(SystemCallError) -> stat {
        var status = stat()
        try checked("fstatat") { fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) }
        return status
    }

    private func statusIfPresent(of name: [CChar], in directory: CInt) throws(SystemCallError) -> stat? {
        do {
            return try status(of: name, in: directory)
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
    }

    /// What the archive did wrong, where it was the archive's doing.
    private static func explain(_ error: SystemCallError, _ path: EntryPath) -> any Error {
        switch error.errno {
        case ENAMETOOLONG: ArchiveError(.nameRefused, entryNamed: path.bytes)
        default:
            error.subject.isEmpty
                ? SystemCallError(call: error.call, errno: error.errno, subject: path.description) : error
        }
    }
}

extension TarEntry {
    /// For utimensat(2): the time of the last access is not kept, the modification's stands in for it.
    fileprivate var times: [timespec] {
        let time = timespec(tv_sec: Int(modified.seconds), tv_nsec: modified.nanoseconds)
        return [time, time]
    }
}
