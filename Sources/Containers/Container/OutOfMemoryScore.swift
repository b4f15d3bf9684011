import Glibc
import LinuxKernel

/// How early the kernel kills a process when memory is short (proc(5), /proc/PID/oom_score_adj).
enum OutOfMemoryScore {
    /// Sets it for the calling process, while the host's /proc is there: nothing of the container can be in its place.
    ///
    /// Less than the present value needs CAP_SYS_RESOURCE on the host: `warn` is told where that is missing.
    static func adjust(_ value: Int32?, warn: (String) -> Void) throws(SystemCallError) {
        guard let value else { return }
        let path = "/proc/self/oom_score_adj"
        do throws(SystemCallError) {
            let file = try OwnedDescriptor.open(path, O_WRONLY)
            try writeAll("\(value)".utf8, to: file.rawValue)
        } catch {
            guard error.errno == EACCES else { throw error }
            warn("oom_score_adj: the host does not allow \(value) (lowering it needs CAP_SYS_RESOURCE)")
        }
    }
}
