import CLinux
import Glibc
import LinuxKernel

/// What a container has of the kernel's file systems, taken while the host's can be seen.
///
/// In a user namespace the kernel mounts /proc and /sys only where they can be seen already, and makes no device nodes:
/// those of the host, which every user may open, are shared with it.
struct KernelSources {
    /// Documentation/admin-guide/devices.txt
    static let devices: [(name: String, major: UInt32, minor: UInt32)] = [
        ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
    ]

    /// A detached mount.
    private let processes: CInt
    /// A detached mount.
    private let system: CInt
    /// Whether /sys is the host's own.
    private let hasHostSystem: Bool
    /// Detached mounts of the host's ``devices``, in their order; empty where they can be made.
    let nodes: [CInt]

    /// Runs on the host's side of pivot_root(2), in the container's PID and network namespaces.
    static func take(for container: ContainerSpecification, _ identities: IdentityMap) throws -> KernelSources {
        let attributes: MountAttributes = [.noSetUID, .noDevices, .noExecute]
        let processes = try DetachedMount(newFileSystem: "proc", attributes).release()
        let isReadOnly = !container.isPrivileged
        let system: CInt
        var hasHostSystem = false
        do throws(SystemCallError) {
            system = try DetachedMount(newFileSystem: "sysfs", isReadOnly ? attributes.union(.readOnly) : attributes)
                .release()
        } catch {
            // The network is not the user namespace's own, or the host hides a part of its /sys.
            guard error.errno == EPERM, !identities.isInitial else { throw error }
            let copy = try DetachedMount(copying: "/sys", recursive: true)
            if isReadOnly { try copy.setAttributes(.readOnly) }
            system = copy.release()
            hasHostSystem = true
        }
        return try KernelSources(
            processes: processes, system: system, hasHostSystem: hasHostSystem,
            nodes: identities.isInitial ? [] : devices.map { try device("/dev/\($0.name)", $0.major, $0.minor) })
    }

    /// A detached mount of a device of the host, which must be what it is taken for.
    static func device(_ path: String, _ major: UInt32, _ minor: UInt32) throws(SystemCallError) -> CInt {
        let mount = try DetachedMount(copying: path)
        var status = stat()
        let descriptor = mount.descriptor.rawValue
        try checked("fstat", path) { fstat(descriptor, &status) }
        guard [S_IFCHR, S_IFBLK].contains(status.st_mode & S_IFMT), status.st_rdev == clinux_makedev(major, minor)
        else { throw SystemCallError(call: "open_tree", errno: ENODEV, subject: path) }
        return mount.release()
    }

    /// Mounts all of them in the container's root; /dev/null is usable afterwards.
    func mountAll(_ container: ContainerSpecification, _ identities: IdentityMap) throws -> KernelFileSystems {
        for directory in ["/proc", "/sys", "/dev"] { try Self.requireDirectory(directory) }
        try attach(processes, at: "/proc")
        try attach(system, at: "/sys")
        // The host's control groups are no concern of a container's.
        if hasHostSystem, access("/sys/fs/cgroup", F_OK) == 0 {
            let empty = try DetachedMount(
                newFileSystem: "tmpfs", options: [("size", "0"), ("mode", "555")], [.readOnly, .noDevices])
            try attach(empty.release(), at: "/sys/fs/cgroup")
        }
        return try KernelFileSystems.mountDevices(container, nodes: nodes, identities)
    }

    private func attach(_ source: CInt, at path: String) throws {
        let target = try OwnedDescriptor.open(path, clinux_O_PATH | O_DIRECTORY | O_NOFOLLOW)
        try DetachedMount(adopting: source).attach(onto: target.rawValue, called: path)
    }

    /// An image that has a link where the kernel's file systems go is refused, as runc does: it could only be there to
    /// deceive.
    private static func requireDirectory(_ path: String) throws {
        try makeDirectory(path)
        var status = stat()
        try checked("lstat", path) { lstat(path, &status) }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw SetupFailure(.mountTarget, call: "the image has no directory there", subject: path)
        }
    }
}
