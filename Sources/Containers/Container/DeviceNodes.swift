import CLinux
import Glibc
import LinuxKernel

/// The devices of the host that a container asks for.
enum DeviceNodes {
    /// Makes them in the container, whose root is the calling process's own; a node that /dev has already stays.
    static func make(_ devices: [DeviceSpecification]) throws {
        for device in devices {
            let path = device.path
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                try makeDirectories(String(path[..<slash]))
            }
            let type: mode_t = device.isBlock ? S_IFBLK : S_IFCHR
            do throws(SystemCallError) {
                try checked("mknod", path) {
                    mknod(path, type | mode_t(device.mode), clinux_makedev(device.major, device.minor))
                }
            } catch {
                guard error.errno == EEXIST, path.hasPrefix("/dev/") else { throw error }
                continue
            }
            try checked("lchown", path) { lchown(path, device.user, device.group) }
            try checked("fchmodat", path) { fchmodat(AT_FDCWD, path, mode_t(device.mode), 0) }
        }
    }
}
