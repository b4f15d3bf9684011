import CLinux
import Glibc
import LinuxKernel

extension LayerUnpacker {
    /// Hides what lower layers have, as overlayfs(5) wants it told.
    func apply(_ whiteout: Whiteout, at path: EntryPath) throws {
        if whiteout == .ignored { return }
        let directory = try root.parent(of: path)
        defer { withExtendedLifetime(directory) {} }
        guard case .file(let hidden) = whiteout else { return try makeOpaque(directory.rawValue) }
        let (parent, name) = (directory.rawValue, cString(hidden))
        if mknodat(parent, name, S_IFCHR, 0) == 0 { return }
        let code = errno
        guard code == EEXIST else { throw SystemCallError(call: "mknodat", errno: code, subject: path.description) }
        // The same layer has it too, which hides what is below; a directory only if it is opaque.
        let existing = try status(of: name, in: parent)
        guard existing.st_mode & S_IFMT == S_IFDIR else { return }
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let opaque = OwnedDescriptor(adopting: try checked("openat") { clinux_openat(parent, name, flags, 0) })
        try makeOpaque(opaque.rawValue)
    }

    func makeOpaque(_ directory: CInt) throws(SystemCallError) {
        // Root of a user namespace has no say over trusted attributes, and mounts with `userxattr`.
        if isMachinesRoot, fsetxattr(directory, "trusted.overlay.opaque", "y", 1, 0) == 0 { return }
        let attribute = "user.overlay.opaque"
        try checked("fsetxattr", attribute) { fsetxattr(directory, attribute, "y", 1, 0) }
    }
}
