import CLinux
import Glibc
import LinuxKernel

/// A device of the host that a container asks for.
struct PreparedDevice {
    let device: DeviceSpecification
    /// A detached mount of the host's own; `nil` where a node can be made.
    let source: CInt?

    /// Runs on the host's side of pivot_root(2).
    ///
    /// In a user namespace no nodes can be made: the host's is shared, with the rights that the caller has to it.
    static func prepare(_ device: DeviceSpecification, _ identities: IdentityMap) throws -> PreparedDevice {
        guard !identities.isInitial else { return PreparedDevice(device: device, source: nil) }
        do throws(SystemCallError) {
            return PreparedDevice(
                device: device, source: try KernelSources.device(device.source, device.major, device.minor))
        } catch {
            throw SetupFailure(.bindSource, call: error.call, subject: device.source, errno: error.errno)
        }
    }

    /// Makes it in the container, whose root is the calling process's own; a node that /dev has already stays.
    func attach() throws {
        let path = device.path
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectories(String(path[..<slash]))
        }
        if let source { return try attach(source, at: path) }
        let type: mode_t = device.isBlock ? S_IFBLK : S_IFCHR
        do throws(SystemCallError) {
            try checked("mknod", path) {
                mknod(path, type | mode_t(device.mode), clinux_makedev(device.major, device.minor))
            }
        } catch {
            guard error.errno == EEXIST, path.hasPrefix("/dev/") else { throw error }
            return
        }
        try checked("lchown", path) { lchown(path, device.user, device.group) }
        try checked("fchmodat", path) { fchmodat(AT_FDCWD, path, mode_t(device.mode), 0) }
    }

    private func attach(_ source: CInt, at path: String) throws(SystemCallError) {
        do throws(SystemCallError) {
            _ = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        } catch {
            guard error.errno == EEXIST, path.hasPrefix("/dev/") else { throw error }
            return
        }
        let target = try OwnedDescriptor.open(path, clinux_O_PATH | O_NOFOLLOW)
        try DetachedMount(adopting: source).attach(onto: target.rawValue, called: path)
    }
}
