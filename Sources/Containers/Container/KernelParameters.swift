import CLinux
import Glibc
import LinuxKernel

/// Kernel parameters of a container's own namespaces (proc(5), /proc/sys).
struct KernelParameters {
    /// The file system as it was mounted, which later mounts in the container don't cover.
    private let directory: CInt

    /// Opens them, before /proc/sys becomes read-only.
    static func open() throws(SystemCallError) -> KernelParameters {
        KernelParameters(
            directory: try OwnedDescriptor.open("/proc/sys", O_RDONLY | O_DIRECTORY | O_NOFOLLOW).release())
    }

    /// Sets `NAME=value` each; an interface's name in `net.ipv4.conf.NAME` has no dots.
    func set(_ parameters: [String]) throws {
        for parameter in parameters {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            let path = parts[0].split(separator: ".").joined(separator: "/")
            do throws(SystemCallError) {
                let file = try OwnedDescriptor.open(path, O_WRONLY, beneathRoot: directory)
                try writeAll(parts[1].utf8, to: file.rawValue)
            } catch {
                throw SystemCallError(call: "sysctl", errno: error.errno, subject: parameter)
            }
        }
    }
}
