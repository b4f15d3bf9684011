import CLinux
import Glibc
import LinuxKernel

/// Starts the launcher: this very program, under the name ``Launcher/argument``, as the first process of new namespaces.
///
/// It is executed anew, from a read-only mount of its own file, rather than only forked: a container's process that
/// still runs the harness's code could otherwise open `/proc/self/exe` for writing and change the program on the host
/// (CVE-2019-5736). That a process with threads may start it too comes for free.
enum LauncherProcess {
    /// - Returns: The orchestrator's end of the socket, and the launcher's pidfd.
    /// - Throws: ``SystemCallError``: `EPERM` from clone3 without CAP_SYS_ADMIN.
    static func start() throws(SystemCallError) -> (socket: CInt, pid: pid_t, descriptor: CInt) {
        let program = try DetachedMount(copying: "/proc/self/exe")
        try program.setAttributes([.readOnly, .noDevices, .noSetUID], recursive: false)
        let (own, others) = try PacketSocket.pair()
        defer { close(others) }
        do {
            let (pid, descriptor) = try clone(program.descriptor.rawValue, socket: others)
            return (own, pid, descriptor)
        } catch {
            close(own)
            throw error
        }
    }

    private static func clone(_ program: CInt, socket: CInt) throws(SystemCallError) -> (pid_t, CInt) {
        // Everything that allocates happens before the clone: afterwards the child may only make system calls.
        let arguments = [strdup(Launcher.argument), nil]
        defer { free(arguments[0]) }
        let environment = environ
        return try arguments.withUnsafeBufferPointer { argv throws(SystemCallError) in
            let child = try cloneProcess([.pid, .mount, .network, .ipc, .uts])
            if child.isChild {
                // dup2 clears close-on-exec, unless both are the same.
                if socket == Launcher.socket {
                    _ = clinux_fcntl(socket, F_SETFD, 0)
                } else {
                    _ = dup2(socket, Launcher.socket)
                }
                _ = clinux_execveat(program, "", argv.baseAddress, environment, clinux_AT_EMPTY_PATH)
                _exit(126)
            }
            return child.taken()
        }
    }
}
