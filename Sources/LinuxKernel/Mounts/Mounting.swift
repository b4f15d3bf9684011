import CLinux
import Glibc

/// Bits of mount(2).
public struct MountFlags: OptionSet, Hashable, Sendable {
    /// The `MS_…` bits.
    public let rawValue: UInt
    /// Takes the `MS_…` bits.
    public init(rawValue: UInt) { self.rawValue = rawValue }

    /// `MS_RDONLY`
    public static let readOnly = Self(rawValue: 1)
    /// `MS_NOSUID`
    public static let noSetUID = Self(rawValue: 2)
    /// `MS_NODEV`
    public static let noDevices = Self(rawValue: 4)
    /// `MS_NOEXEC`
    public static let noExecute = Self(rawValue: 8)
    /// `MS_STRICTATIME`
    public static let strictAccessTime = Self(rawValue: 1 << 24)
    /// `MS_REC`
    public static let recursive = Self(rawValue: 1 << 14)
    /// `MS_PRIVATE`
    public static let `private` = Self(rawValue: 1 << 18)
    /// `MS_SLAVE`
    public static let slave = Self(rawValue: 1 << 19)
}

/// Mounts a file system, or changes the propagation of a mount.
///
/// - Parameter data: The file system's own options, less than a page.
/// - Throws: ``SystemCallError``; `ENOSPC` means that the mount namespace has /proc/sys/fs/mount-max mounts, `EPERM`
///   that CAP_SYS_ADMIN is missing in the user namespace that owns the mount namespace.
///
/// The corresponding system call is `mount(2)`.
public func mount(
    _ source: String, at target: String, type: String? = nil, _ flags: MountFlags = [], data: String? = nil
) throws(SystemCallError) {
    try checked("mount", type.map { "\($0) at \(target)" } ?? target) {
        Glibc.mount(source, target, type, flags.rawValue, data)
    }
}

/// Takes a mount away, at once from the name space and from the kernel when nobody uses it any more.
///
/// The corresponding system call is `umount2(2)` with `MNT_DETACH`.
public func unmountLazily(_ target: String) throws(SystemCallError) {
    // MNT_DETACH
    try checked("umount2", target) { umount2(target, 2) }
}

/// A copy of a part of the mount tree that is attached nowhere yet (the source of a bind mount).
public struct DetachedMount: ~Copyable {
    /// An `O_PATH` descriptor of its root.
    public let descriptor: OwnedDescriptor

    /// Copies the mount that `path` is in, with `path` as its root.
    ///
    /// - Parameters:
    ///   - recursive: The mounts below are copied too.
    ///   - followsLink: Whether a symbolic link at the end of `path` is followed.
    ///
    /// The corresponding system call is `open_tree(2)` with `OPEN_TREE_CLONE`.
    public init(
        copying path: String, in directory: CInt = AT_FDCWD, recursive: Bool = false, followsLink: Bool = true
    ) throws(SystemCallError) {
        // OPEN_TREE_CLOEXEC is O_CLOEXEC.
        var flags = CInt(OPEN_TREE_CLONE) | O_CLOEXEC
        if recursive { flags |= clinux_AT_RECURSIVE }
        if path.isEmpty { flags |= clinux_AT_EMPTY_PATH }
        if !followsLink { flags |= AT_SYMLINK_NOFOLLOW }
        descriptor = OwnedDescriptor(
            adopting: try checked("open_tree", path) { clinux_open_tree(directory, path, UInt32(bitPattern: flags)) })
    }

    /// Takes over the descriptor of a detached mount.
    public init(adopting descriptor: CInt) { self.descriptor = OwnedDescriptor(adopting: descriptor) }

    /// Gives the descriptor away.
    public consuming func release() -> CInt { descriptor.release() }

    /// Sets attributes (`MOUNT_ATTR_…`) on the mount and, where told, on those below it.
    ///
    /// The corresponding system call is `mount_setattr(2)` (Linux 5.12).
    public func setAttributes(_ attributes: MountAttributes, recursive: Bool = true) throws(SystemCallError) {
        var attribute = clinux_mount_attr()
        attribute.attr_set = attributes.rawValue
        let flags = clinux_AT_EMPTY_PATH | (recursive ? clinux_AT_RECURSIVE : 0)
        let mount = descriptor.rawValue
        try checked("mount_setattr") { clinux_mount_setattr(mount, "", UInt32(flags), &attribute) }
    }

    /// Attaches it on top of what an open `O_PATH` descriptor refers to: no path is looked up again, so that nobody
    /// can put a link in its place.
    ///
    /// The corresponding system call is `move_mount(2)`.
    public func attach(onto target: CInt, called name: @autoclosure () -> String = "") throws(SystemCallError) {
        let mount = descriptor.rawValue
        // MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH
        try checked("move_mount", name()) { clinux_move_mount(mount, "", target, "", 0x4 | 0x40) }
    }
}

/// Bits of mount_setattr(2).
public struct MountAttributes: OptionSet, Hashable, Sendable {
    /// The `MOUNT_ATTR_…` bits.
    public let rawValue: UInt64
    /// Takes the `MOUNT_ATTR_…` bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// `MOUNT_ATTR_RDONLY`
    public static let readOnly = Self(rawValue: 1)
    /// `MOUNT_ATTR_NOSUID`
    public static let noSetUID = Self(rawValue: 2)
    /// `MOUNT_ATTR_NODEV`
    public static let noDevices = Self(rawValue: 4)
    /// `MOUNT_ATTR_NOEXEC`
    public static let noExecute = Self(rawValue: 8)
}

/// Makes what is mounted at an open directory read-only.
public func makeReadOnly(_ mount: CInt, called name: @autoclosure () -> String) throws(SystemCallError) {
    var attribute = clinux_mount_attr()
    attribute.attr_set = MountAttributes.readOnly.rawValue
    try checked("mount_setattr", name()) {
        clinux_mount_setattr(mount, "", UInt32(clinux_AT_EMPTY_PATH), &attribute)
    }
}

/// Makes an open directory the root of the mount namespace and lets go of the old one.
///
/// The old root is stacked on the same place, then detached, so that no directory for it is needed
/// (pivot_root(2), "pivot_root(".", ".")"). Afterwards the working directory is the new root.
public func pivotRoot(into directory: CInt) throws(SystemCallError) {
    try checked("fchdir") { fchdir(directory) }
    try checked("pivot_root") { clinux_pivot_root(".", ".") }
    try checked("umount2", "the old root") { umount2(".", 2) }
    try checked("chdir", "/") { chdir("/") }
}

extension DetachedMount {
    /// Makes a new file system, with its options as strings; an option without a value is a flag.
    ///
    /// The corresponding system calls are `fsopen(2)`, `fsconfig(2)` and `fsmount(2)`.
    public init(
        newFileSystem type: String, options: [(name: String, value: String?)] = [], _ attributes: MountAttributes = []
    ) throws(SystemCallError) {
        let context = OwnedDescriptor(adopting: try checked("fsopen", type) { clinux_fsopen(type, 1) })
        let configuration = context.rawValue
        for (name, value) in options {
            // FSCONFIG_SET_FLAG is 0, FSCONFIG_SET_STRING is 1.
            try checked("fsconfig", "\(type) \(name)") {
                guard let value else { return clinux_fsconfig(configuration, 0, name, nil, 0) }
                return value.withCString { clinux_fsconfig(configuration, 1, name, $0, 0) }
            }
        }
        // FSCONFIG_CMD_CREATE
        try checked("fsconfig", type) { clinux_fsconfig(configuration, 6, nil, nil, 0) }
        descriptor = OwnedDescriptor(
            adopting: try checked("fsmount", type) { clinux_fsmount(configuration, 1, UInt32(attributes.rawValue)) })
    }
}
