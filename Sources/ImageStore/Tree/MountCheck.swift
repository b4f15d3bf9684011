import CLinux
import Glibc
import LinuxKernel

/// Refuses a name that something is mounted over.
///
/// The kernel itself refuses to rename over one, or to remove it, only where the mount is in the caller's own mount
/// namespace; one of a container's would be taken off without a word.
///
/// - Throws: ``SystemCallError`` with `EBUSY`.
func refuseMount(_ name: [CChar], in directory: CInt) throws(SystemCallError) {
    var how = open_how()
    how.flags = UInt64(UInt32(bitPattern: clinux_O_PATH | O_NOFOLLOW | O_CLOEXEC))
    how.resolve = UInt64(RESOLVE_NO_XDEV)
    let descriptor = clinux_openat2(directory, name, &how)
    if descriptor >= 0 {
        close(descriptor)
    } else if errno == EXDEV {
        throw SystemCallError(call: "rename", errno: EBUSY, subject: text(name))
    }
}
