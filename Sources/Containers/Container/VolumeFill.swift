import CLinux
import Glibc
import LinuxKernel

/// Gives an empty volume the content that the image has at its path, as Docker does at the first mount: owners, modes,
/// times, extended attributes, links and special files are kept.
///
/// Works on descriptors only. Source and destination are below the container's own root and the volume, and a name is
/// never followed where it is a link.
struct VolumeFill {
    /// Directories deeper than this are refused; the kernel's limit for a path is about twice that.
    private static let maximumDepth = 2000

    private struct FileIdentity: Hashable {
        var device: dev_t
        var inode: ino_t
    }

    /// Where the first name of a file with several has been copied to.
    private var linked: [FileIdentity: String] = [:]
    private let volume: CInt

    /// Copies the directory `source` into the root of the volume unless there is something in it.
    ///
    /// An exclusive lock (flock(2)) on the volume's root keeps several containers that mount it at the same time apart:
    /// the first fills it, the others find it filled.
    static func fill(_ volume: CInt, from source: CInt) throws {
        let root = try OwnedDescriptor.open(".", O_RDONLY | O_DIRECTORY, in: volume)
        let lock = root.rawValue
        try checked("flock") { flock(lock, LOCK_EX) }
        defer { flock(lock, LOCK_UN) }
        guard try entries(of: lock).isEmpty else { return }
        let image = try OwnedDescriptor.open(".", O_RDONLY | O_DIRECTORY, in: source)
        var copy = VolumeFill(volume: lock)
        try copy.copyContents(of: image.rawValue, to: lock, path: ".", depth: 0)
        try copy.copyAttributes(from: image.rawValue, to: lock)
    }

    private init(volume: CInt) { self.volume = volume }

    private mutating func copyContents(of source: CInt, to destination: CInt, path: String, depth: Int) throws {
        guard depth < Self.maximumDepth else {
            throw SystemCallError(call: "openat", errno: ELOOP, subject: path)
        }
        for name in try Self.entries(of: source) {
            var status = stat()
            try checked("fstatat", name) { fstatat(source, name, &status, AT_SYMLINK_NOFOLLOW) }
            let place = "\(path)/\(name)"
            if status.st_mode & S_IFMT == S_IFDIR {
                try checked("mkdirat", name) { mkdirat(destination, name, 0o700) }
                let from = try OwnedDescriptor.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: source)
                let to = try OwnedDescriptor.open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in: destination)
                try copyContents(of: from.rawValue, to: to.rawValue, path: place, depth: depth + 1)
                try copyAttributes(from: from.rawValue, to: to.rawValue)
            } else {
                try copyFile(name, status, from: source, to: destination, place: place)
            }
        }
    }

    private mutating func copyFile(
        _ name: String, _ status: stat, from source: CInt, to destination: CInt, place: String
    ) throws {
        let identity = FileIdentity(device: status.st_dev, inode: status.st_ino)
        if status.st_nlink > 1 {
            if let first = linked[identity] {
                let volume = self.volume
                try checked("linkat", name) { linkat(volume, first, destination, name, 0) }
                return
            }
            linked[identity] = place
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            let from = try OwnedDescriptor.open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, in: source)
            let to = try OwnedDescriptor.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600, in: destination)
            try copyData(from: from.rawValue, to: to.rawValue, named: name)
            try copyAttributes(from: from.rawValue, to: to.rawValue)
        case S_IFLNK:
            var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
            let length = try checked("readlinkat", name) { readlinkat(source, name, &target, target.count - 1) }
            target[length] = 0
            try checked("symlinkat", name) { symlinkat(target, destination, name) }
            try setOwner(status, name, in: destination)
        default:
            // Devices, FIFOs, sockets.
            try checked("mknodat", name) { mknodat(destination, name, status.st_mode, status.st_rdev) }
            try setOwner(status, name, in: destination)
            try checked("fchmodat", name) { fchmodat(destination, name, status.st_mode & 0o7777, 0) }
        }
    }

    private func setOwner(_ status: stat, _ name: String, in directory: CInt) throws(SystemCallError) {
        try checked("fchownat", name) {
            fchownat(directory, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW)
        }
    }

    private func copyData(from source: CInt, to destination: CInt, named name: String) throws(SystemCallError) {
        while true {
            do {
                if try checked("copy_file_range", name, { clinux_copy_file_range(source, destination, 1 << 30) }) == 0 {
                    return
                }
            } catch {
                // Between file systems that can't: nothing has been copied then.
                guard [EXDEV, EINVAL, EOPNOTSUPP, ENOSYS].contains(error.errno) else { throw error }
                break
            }
        }
        var buffer = [UInt8](repeating: 0, count: 128 << 10)
        while true {
            let count = try checked("read", name) { read(source, &buffer, buffer.count) }
            if count == 0 { return }
            try writeAll(buffer[0..<count], to: destination)
        }
    }

    /// Owner before mode, since a change of owner clears the set-id bits; times last.
    private func copyAttributes(from source: CInt, to destination: CInt) throws {
        var status = stat()
        try checked("fstat") { fstat(source, &status) }
        try checked("fchown") { fchown(destination, status.st_uid, status.st_gid) }
        try checked("fchmod") { fchmod(destination, status.st_mode & 0o7777) }
        try copyExtendedAttributes(from: source, to: destination)
        let times = [status.st_atim, status.st_mtim]
        try checked("futimens") { futimens(destination, times) }
    }

    private func copyExtendedAttributes(from source: CInt, to destination: CInt) throws {
        let size = flistxattr(source, nil, 0)
        guard size > 0 else { return }
        var names = [CChar](repeating: 0, count: size)
        let count = try checked("flistxattr") { flistxattr(source, &names, names.count) }
        let list = names[0..<count].split(separator: 0).map {
            String(decoding: $0.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        for name in list where !name.hasPrefix("trusted.overlay.") && !name.hasPrefix("user.overlay.") {
            var value = [UInt8](repeating: 0, count: 64 << 10)
            let length = try checked("fgetxattr", name) { fgetxattr(source, name, &value, value.count) }
            do {
                try checked("fsetxattr", name) { fsetxattr(destination, name, value, length, 0) }
            } catch {
                // The volume's file system may not know the kind (user.* on tmpfs before Linux 6.6).
                guard error.errno == EOPNOTSUPP else { throw error }
            }
        }
    }

    /// The names in a directory, `.` and `..` excepted, in the directory's order.
    private static func entries(of directory: CInt) throws(SystemCallError) -> [String] {
        let copy = try OwnedDescriptor.open(".", O_RDONLY | O_DIRECTORY, in: directory).release()
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw SystemCallError(call: "fdopendir", errno: code, subject: "")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
