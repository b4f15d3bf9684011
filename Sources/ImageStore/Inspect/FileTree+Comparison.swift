import CLinux
import Glibc
import LinuxKernel

/// A path in which two file systems differ.
public struct FileChange: Hashable, Sendable, Comparable {
    /// How they differ.
    public enum Kind: String, Hashable, Sendable {
        /// Only the second has it.
        case added
        /// Only the first has it.
        case deleted
        /// Both have it: type, mode, owner, size, content, target, device number or an attribute differ.
        case changed
    }

    /// How they differ.
    public var kind: Kind
    /// Absolute, in the image; invalid UTF-8 has been replaced.
    public var path: String

    /// In the order of the paths.
    public static func < (left: Self, right: Self) -> Bool { left.path < right.path }
}

extension FileTree {
    /// The paths in which two trees differ, in their order. Times don't count.
    ///
    /// What is below a directory that only one has is listed too.
    func changes(to other: FileTree) throws(SystemCallError) -> [FileChange] {
        var changes: [FileChange] = []
        try Self.compare(root, other.root, path: "", &changes)
        return changes.sorted()
    }

    private static func compare(
        _ old: Node, _ new: Node, path: String, _ changes: inout [FileChange]
    ) throws(SystemCallError) {
        if try differ(old, new) { changes.append(FileChange(kind: .changed, path: path.isEmpty ? "/" : path)) }
        for name in Set(old.children.keys).union(new.children.keys) {
            let child = "\(path)/\(String(decoding: name, as: UTF8.self))"
            switch (old.children[name], new.children[name]) {
            case (let old?, let new?): try compare(old, new, path: child, &changes)
            case (let old?, nil): list(old, .deleted, path: child, &changes)
            case (nil, let new?): list(new, .added, path: child, &changes)
            case (nil, nil): break
            }
        }
    }

    private static func list(_ node: Node, _ kind: FileChange.Kind, path: String, _ changes: inout [FileChange]) {
        changes.append(FileChange(kind: kind, path: path))
        for (name, child) in node.children {
            list(child, kind, path: "\(path)/\(String(decoding: name, as: UTF8.self))", &changes)
        }
    }

    private static func differ(_ old: Node, _ new: Node) throws(SystemCallError) -> Bool {
        let (first, second) = (old.status, new.status)
        // The same file of a layer that both have; a merged root has none.
        if first.st_ino == second.st_ino, first.st_dev == second.st_dev, first.st_ino != 0 { return false }
        guard first.st_mode == second.st_mode, first.st_uid == second.st_uid, first.st_gid == second.st_gid,
            old.isOpaque == new.isOpaque
        else { return true }
        switch old.type {
        case S_IFREG:
            guard first.st_size == second.st_size else { return true }
            if try FileContents.differ(old.path, new.path) { return true }
        case S_IFLNK:
            return try FileContents.target(old.path) != FileContents.target(new.path)
        case S_IFCHR, S_IFBLK:
            if first.st_rdev != second.st_rdev { return true }
        default: break
        }
        guard old.path != [0], new.path != [0] else { return false }
        return try FileContents.attributes(old.path) != FileContents.attributes(new.path)
    }
}

/// What files hold, for comparing them.
private enum FileContents {
    static func differ(_ first: [CChar], _ second: [CChar]) throws(SystemCallError) -> Bool {
        let one = try open(first)
        let other = try open(second)
        let (left, right) = (Buffer(), Buffer())
        while true {
            let count = try left.fill(one.rawValue)
            guard try right.fill(other.rawValue) == count else { return true }
            if count == 0 { return false }
            if left.differs(from: right, in: count) { return true }
        }
    }

    static func target(_ path: [CChar]) throws(SystemCallError) -> [CChar] {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try checked("readlink", text(path)) { readlink(path, &buffer, buffer.count) }
        return Array(buffer.prefix(count))
    }

    /// Those that an archive can give.
    static func attributes(_ path: [CChar]) throws(SystemCallError) -> [String: [UInt8]] {
        var names = [CChar](repeating: 0, count: 64 << 10)
        let length = llistxattr(path, &names, names.count)
        let code = errno
        guard length >= 0 else {
            if code == EOPNOTSUPP { return [:] }
            throw SystemCallError(call: "llistxattr", errno: code, subject: text(path))
        }
        var attributes: [String: [UInt8]] = [:]
        for name in names.prefix(length).split(separator: 0) {
            let name = String(decoding: name.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard LayerAttributes.isKept(name) else { continue }
            var value = [UInt8](repeating: 0, count: 64 << 10)
            let count = try checked("lgetxattr", text(path)) { lgetxattr(path, name, &value, value.count) }
            attributes[name] = Array(value.prefix(count))
        }
        return attributes
    }

    private static func open(_ path: [CChar]) throws(SystemCallError) -> OwnedDescriptor {
        OwnedDescriptor(
            adopting: try checked("open", text(path)) { clinux_open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0) })
    }

    private final class Buffer {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 4096)
        deinit { bytes.deallocate() }

        /// Whether the first bytes are not the same.
        func differs(from other: Buffer, in count: Int) -> Bool {
            guard let left = bytes.baseAddress, let right = other.bytes.baseAddress else { return false }
            return memcmp(left, right, count) != 0
        }

        /// Reads until the buffer is full or the file ends.
        func fill(_ file: CInt) throws(SystemCallError) -> Int {
            var filled = 0
            while filled < bytes.count {
                let offset = filled
                let count = try checked("read") {
                    read(file, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                }
                if count == 0 { break }
                filled += count
            }
            return filled
        }
    }
}
