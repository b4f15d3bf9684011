import CLinux
import Glibc
import LinuxKernel

/// The directory that a layer is unpacked into.
///
/// Whatever is reached from here is inside it: every path is resolved by the kernel as if the directory were `/`
/// (openat2(2), `RESOLVE_IN_ROOT`), symbolic links included.
final class LayerRoot {
    private let root: SharedDescriptor
    private var cachedPath: [CChar] = []
    private var cached: SharedDescriptor?

    /// Takes an empty directory.
    init(_ root: consuming OwnedDescriptor) { self.root = SharedDescriptor(root) }

    /// The directory itself.
    var descriptor: CInt { root.rawValue }

    /// The directory that holds an entry, made where it is missing.
    func parent(of path: EntryPath) throws -> SharedDescriptor {
        if path.parent.count == 2, path.parent[0] == CChar(bitPattern: UInt8(ascii: ".")) { return root }
        if let cached, cachedPath == path.parent { return cached }
        let directory = SharedDescriptor(try openParent(path))
        cached = directory
        cachedPath = path.parent
        return directory
    }

    /// Forgets the last parent: call when a path may lead elsewhere from now on.
    func invalidate() {
        cached = nil
        cachedPath = []
    }

    /// Opens something inside.
    func open(_ path: [CChar], _ flags: CInt) throws(SystemCallError) -> OwnedDescriptor {
        var how = open_how()
        how.flags = UInt64(UInt32(bitPattern: flags | O_CLOEXEC))
        how.resolve = UInt64(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
        let root = root.rawValue
        return OwnedDescriptor(
            adopting: try checked("openat2", text(path)) {
                clinux_openat2(root, path, &how)
            })
    }

    /// Opens something inside; `nil` where it is not there, or of another kind.
    func openUnlessReplaced(_ path: [CChar], _ flags: CInt) throws(SystemCallError) -> OwnedDescriptor? {
        do {
            return Optional(try open(path, flags))
        } catch {
            if [ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG].contains(error.errno) { return nil }
            throw error
        }
    }

    private func openParent(_ path: EntryPath) throws -> OwnedDescriptor {
        do {
            return try open(path.parent, O_RDONLY | O_DIRECTORY)
        } catch {
            guard error.errno == ENOENT else { throw Self.explain(error, path) }
        }
        // Archives may leave out directories: made as mkdir -p would, component by component.
        var made: [UInt8] = []
        for component in path.parentComponents {
            let above = cString(made.isEmpty ? [UInt8(ascii: ".")] : made)
            if !made.isEmpty { made.append(UInt8(ascii: "/")) }
            made += component
            do {
                _ = try open(cString(made), O_RDONLY | O_DIRECTORY)
            } catch {
                guard error.errno == ENOENT else { throw Self.explain(error, path) }
                let directory = try open(above, O_RDONLY | O_DIRECTORY)
                do {
                    try checked("mkdirat", path.description) { mkdirat(directory.rawValue, cString(component), 0o755) }
                    try checked("fchmodat", path.description) {
                        fchmodat(directory.rawValue, cString(component), 0o755, 0)
                    }
                } catch {
                    throw Self.explain(error, path)
                }
            }
        }
        do {
            return try open(path.parent, O_RDONLY | O_DIRECTORY)
        } catch {
            throw Self.explain(error, path)
        }
    }

    /// What the archive did wrong, where it was the archive's doing.
    private static func explain(_ error: SystemCallError, _ path: EntryPath) -> any Error {
        switch error.errno {
        // EEXIST: a symbolic link that leads nowhere.
        case ENOTDIR, ELOOP, EEXIST, ENOENT: ArchiveError(.parentNotDirectory, entryNamed: path.bytes)
        case ENAMETOOLONG: ArchiveError(.nameRefused, entryNamed: path.bytes)
        default: error
        }
    }
}
