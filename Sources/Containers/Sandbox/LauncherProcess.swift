import CLinux
import Glibc
import LinuxKernel

/// A launcher that has been started: this very program, under the name ``Launcher/argument``, as the first process of
/// new namespaces. It ends with the process that started it.
///
/// It is executed anew, from a read-only mount of its own file, rather than only forked: a container's process that
/// still runs the harness's code could otherwise open `/proc/self/exe` for writing and change the program on the host
/// (CVE-2019-5736). That a process with threads may start it too comes for free.
public struct LauncherProcess: Sendable {
    /// The orchestrator's end of the socket.
    let socket: CInt
    let pid: pid_t
    /// Its pidfd.
    let descriptor: CInt
    /// Without privileges: the process as it enters a user namespace.
    let mapped: MappedProcess?

    /// What it gets new.
    ///
    /// Its network namespace it makes by itself: that takes most of a millisecond, and more while the kernel clears
    /// away others.
    private static let namespaces: Namespaces = [.pid, .mount, .ipc, .uts]

    /// Starts one. It gets ready on another core while the caller goes on.
    ///
    /// - Parameter keepsStreams: It has the caller's standard streams, where it tells of its own crash; not where the
    ///   caller will let go of them itself.
    /// - Throws: ``SystemCallError``: `EPERM` or `ENOSPC` from clone3 where the host forbids it.
    public static func start(keepsStreams: Bool = true) throws(SystemCallError) -> LauncherProcess {
        try geteuid() == 0 ? startWithPrivileges(keepsStreams) : startInUserNamespace(keepsStreams)
    }

    /// The launcher becomes root of a user namespace, and is executed from a read-only mount that it makes there.
    private static func startInUserNamespace(_ keepsStreams: Bool) throws(SystemCallError) -> LauncherProcess {
        let (own, others) = try PacketSocket.pair()
        defer { close(others) }
        do {
            let null = try keepsStreams ? nil : highNull()
            defer { withExtendedLifetime(null) {} }
            let stream = null?.rawValue
            let mapped = try MappedProcess.start(
                [Launcher.argument], namespaces: namespaces, descriptors: [stream, stream, stream, others])
            return LauncherProcess(socket: own, pid: mapped.pid, descriptor: mapped.descriptor, mapped: mapped)
        } catch {
            close(own)
            throw error
        }
    }

    private static func startWithPrivileges(_ keepsStreams: Bool) throws(SystemCallError) -> LauncherProcess {
        let program = try DetachedMount(copying: "/proc/self/exe")
        try program.setAttributes([.readOnly, .noDevices, .noSetUID], recursive: false)
        let (own, others) = try PacketSocket.pair()
        defer { close(others) }
        do {
            // The child puts the socket where the launcher looks for it, which must not be the program's place.
            let file = program.descriptor.rawValue
            let free = OwnedDescriptor(
                adopting: try checked("fcntl") {
                    clinux_fcntl(file, F_DUPFD_CLOEXEC, Int(Launcher.socket) + 1)
                })
            let null = try keepsStreams ? nil : highNull()
            defer { withExtendedLifetime(null) {} }
            let (pid, descriptor) = try clone(free.rawValue, socket: others, streams: null?.rawValue ?? -1)
            return LauncherProcess(socket: own, pid: pid, descriptor: descriptor, mapped: nil)
        } catch {
            close(own)
            throw error
        }
    }

    /// /dev/null above the places of the standard streams and of the socket.
    private static func highNull() throws(SystemCallError) -> SharedDescriptor {
        let null = try OwnedDescriptor.open("/dev/null", O_RDWR)
        let number = null.rawValue
        let high = try checked("fcntl") { clinux_fcntl(number, F_DUPFD_CLOEXEC, Int(Launcher.socket) + 1) }
        return SharedDescriptor(OwnedDescriptor(adopting: high))
    }

    /// - Parameter streams: What its standard streams are; -1: the caller's.
    private static func clone(
        _ program: CInt, socket: CInt, streams: CInt
    ) throws(SystemCallError) -> (pid_t, CInt) {
        // Everything that allocates happens before the clone: afterwards the child may only make system calls.
        let arguments = [strdup(Launcher.argument), nil]
        defer { free(arguments[0]) }
        let environment = environ
        return try arguments.withUnsafeBufferPointer { argv throws(SystemCallError) in
            let child = try cloneProcess(namespaces)
            if child.isChild {
                // dup2 clears close-on-exec, unless both are the same.
                if socket == Launcher.socket {
                    _ = clinux_fcntl(socket, F_SETFD, 0)
                } else {
                    _ = dup2(socket, Launcher.socket)
                }
                if streams >= 0 {
                    _ = dup2(streams, 0)
                    _ = dup2(streams, 1)
                    _ = dup2(streams, 2)
                }
                _ = clinux_execveat(program, "", argv.baseAddress, environment, clinux_AT_EMPTY_PATH)
                _exit(126)
            }
            return child.taken()
        }
    }
}
