import CLinux
import Glibc
import LinuxKernel

/// The mounts that a container's specification asks for.
///
/// Two steps, because the sources are on the host and the targets in the container: ``prepare(_:in:)`` takes copies of
/// the sources while the host's tree is still there, ``attach()`` puts them in place once the container's root is the
/// process's own. Descriptors are closed by execve(2), which ends the process's part in every case.
struct PreparedMount {
    var specification: MountSpecification
    /// A detached mount; of a file system in memory `nil`: it is made in place.
    var source: CInt?
    var isDirectory: Bool

    /// Runs on the host's side of pivot_root(2).
    static func prepare(_ specification: MountSpecification, in scratch: ScratchSpace) throws -> PreparedMount {
        switch specification.source {
        case .tmpfs:
            return PreparedMount(specification: specification, source: nil, isDirectory: true)
        case .ephemeralVolume(let name):
            let path = scratch.volume(name)
            try makeDirectory(path)
            return try copy(path, for: specification)
        case .volume(let path):
            return try copy(path, for: specification)
        case .bind(let path, let creates):
            do {
                return try copy(path, for: specification)
            } catch let error as SystemCallError where error.errno == ENOENT && creates {
                try makeDirectories(path)
                return try copy(path, for: specification)
            }
        }
    }

    private static func copy(_ path: String, for specification: MountSpecification) throws -> PreparedMount {
        do {
            let mount: DetachedMount
            if let subpath = specification.subpath {
                // Below the volume's own root: another container may have put a link there.
                let volume = try OwnedDescriptor.open(path, clinux_O_PATH | O_DIRECTORY)
                let part = try OwnedDescriptor.open(subpath, clinux_O_PATH, beneathRoot: volume.rawValue)
                mount = try DetachedMount(copying: "", in: part.rawValue, recursive: true)
            } else {
                mount = try DetachedMount(copying: path, recursive: true)
            }
            var status = stat()
            let descriptor = mount.release()
            try checked("fstat", path) { fstat(descriptor, &status) }
            return PreparedMount(
                specification: specification, source: descriptor, isDirectory: status.st_mode & S_IFMT == S_IFDIR)
        } catch {
            guard case .bind = specification.source, error.errno != ENOENT || !createsSource(specification) else {
                throw error
            }
            throw SetupFailure(.bindSource, call: error.call, subject: path, errno: error.errno)
        }
    }

    private static func createsSource(_ specification: MountSpecification) -> Bool {
        if case .bind(_, let creates) = specification.source { return creates }
        return false
    }

    /// Runs in the container's root.
    func attach() throws {
        let target = try MountTarget.open(specification.target, isDirectory: isDirectory)
        if case .tmpfs(let size, let mode) = specification.source {
            var options: [(name: String, value: String?)] = [("mode", String(mode, radix: 8))]
            if let size { options.append(("size", String(size))) }
            let own = specification.tmpfs
            if let user = own.user { options.append(("uid", String(user))) }
            if let group = own.group { options.append(("gid", String(group))) }
            if let inodes = own.inodes { options.append(("nr_inodes", String(inodes))) }
            var attributes: MountAttributes = []
            if !own.isExecutable { attributes.insert(.noExecute) }
            if !own.allowsSetUserID { attributes.insert(.noSetUID) }
            if !own.allowsDevices { attributes.insert(.noDevices) }
            if specification.isReadOnly { attributes.insert(.readOnly) }
            let memory = try DetachedMount(newFileSystem: "tmpfs", options: options, attributes)
            return try memory.attach(onto: target, called: specification.target)
        }
        guard let source else { return }
        if specification.fillsFromImage, isDirectory {
            try VolumeFill.fill(source, from: target)
        }
        let mount = DetachedMount(adopting: source)
        if specification.isReadOnly { try mount.setAttributes(.readOnly) }
        try mount.attach(onto: target, called: specification.target)
    }
}

/// Places in a container on which something is mounted.
enum MountTarget {
    // linux/magic.h
    private static let procMagic = 0x9fa0

    /// Opens the place, made if missing, and makes sure that it may be one.
    ///
    /// - Throws: ``SetupFailure`` where the path leads into /proc (a mount there can take a protection away) or is the
    ///   root itself.
    static func open(_ path: String, isDirectory: Bool) throws -> CInt {
        let target = try openOrMake(path, isDirectory: isDirectory)
        var fileSystem = statfs()
        try checked("fstatfs", path) { fstatfs(target, &fileSystem) }
        guard Int(fileSystem.f_type) != procMagic else {
            throw SetupFailure(.mountTarget, call: "nothing may be mounted inside of /proc", subject: path)
        }
        var (status, root) = (stat(), stat())
        try checked("fstat", path) { fstat(target, &status) }
        try checked("stat", "/") { stat("/", &root) }
        guard status.st_ino != root.st_ino || status.st_dev != root.st_dev else {
            throw SetupFailure(.mountTarget, call: "nothing may be mounted over the root", subject: path)
        }
        guard (status.st_mode & S_IFMT == S_IFDIR) == isDirectory else {
            let reason =
                isDirectory ? "a directory can't be mounted on a file" : "a file can't be mounted on a directory"
            throw SetupFailure(.mountTarget, call: reason, subject: path)
        }
        return target
    }

    private static func openOrMake(_ path: String, isDirectory: Bool) throws -> CInt {
        do {
            return try OwnedDescriptor.open(path, clinux_O_PATH).release()
        } catch {
            guard error.errno == ENOENT else { throw error }
        }
        if isDirectory {
            try makeDirectories(path)
        } else {
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try makeDirectories(String(path[..<slash]))
            }
            do {
                _ = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, mode: 0o644)
            } catch {
                guard error.errno == ENOENT else { throw error }
                // A link to nowhere, such as /etc/resolv.conf of an image made from a running system.
                try checked("unlink", path) { unlink(path) }
                _ = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
            }
        }
        return try OwnedDescriptor.open(path, clinux_O_PATH).release()
    }
}
