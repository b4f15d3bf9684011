import CLinux
import Glibc

/// Kinds of namespaces, as clone(2), setns(2) and unshare(2) take them.
public struct Namespaces: OptionSet, Hashable, Sendable {
    /// The `CLONE_NEW…` bits.
    public let rawValue: CInt
    /// Takes the `CLONE_NEW…` bits.
    public init(rawValue: CInt) { self.rawValue = rawValue }

    /// mount_namespaces(7)
    public static let mount = Self(rawValue: 0x0002_0000)
    /// cgroup_namespaces(7)
    public static let cgroup = Self(rawValue: 0x0200_0000)
    /// uts_namespaces(7): host and domain name
    public static let uts = Self(rawValue: 0x0400_0000)
    /// ipc_namespaces(7)
    public static let ipc = Self(rawValue: 0x0800_0000)
    /// user_namespaces(7)
    public static let user = Self(rawValue: 0x1000_0000)
    /// pid_namespaces(7)
    public static let pid = Self(rawValue: 0x2000_0000)
    /// network_namespaces(7)
    public static let network = Self(rawValue: 0x4000_0000)

    /// Moves the calling process into new namespaces (pid: its children).
    ///
    /// The corresponding system call is `unshare(2)`.
    public func unshare() throws(SystemCallError) {
        let flags = rawValue
        try checked("unshare") { clinux_unshare(flags) }
    }

    /// Moves the calling process into namespaces of the process that a pidfd stands for (pid: its children), or, given
    /// a descriptor of a namespace, into that one.
    ///
    /// The corresponding system call is `setns(2)`.
    public func enter(_ descriptor: CInt) throws(SystemCallError) {
        let flags = rawValue
        try checked("setns") { clinux_setns(descriptor, flags) }
    }
}

/// The parent's side of ``cloneProcess(_:controlGroup:asSibling:)``.
public struct ClonedProcess: ~Copyable {
    /// In the caller's PID namespace; 0 in the child.
    public let pid: pid_t
    /// Refers to the child also after its number has been given to another process; `nil` in the child.
    public let descriptor: OwnedDescriptor?

    /// Whether the caller is the new process.
    public var isChild: Bool { pid == 0 }

    /// Gives away what it has: the number and the pidfd (-1 in the child).
    public consuming func taken() -> (pid: pid_t, descriptor: CInt) {
        let number = pid
        switch consume descriptor {
        case .some(let owned): return (number, owned.release())
        case .none: return (number, -1)
        }
    }
}

/// Makes a copy of the calling process without anything new, by the older clone(2): 0 in the copy.
///
/// What ``cloneProcess(_:controlGroup:asSibling:)`` says of threads holds here too. Unlike fork(3) it runs no handlers of the C
/// library.
public func forkProcess() throws(SystemCallError) -> pid_t {
    pid_t(try checked("clone") { clinux_clone(UInt(SIGCHLD)) })
}

/// Makes a copy of the calling process, which returns from here too.
///
/// Only for a process with one thread: the copy has no others, and a lock that one of them held would never be
/// released in it. The C library keeps its old idea of thread and process id, so that nothing in the child may use
/// thread primitives. Handlers of signals are reset to their defaults, the mask is inherited.
///
/// - Parameters:
///   - namespaces: What the child gets new.
///   - controlGroup: An open cgroup v2 directory to start the child in.
///   - asSibling: It becomes a child of the caller's parent, with the caller's own signal at its end.
/// - Throws: ``SystemCallError``: `EPERM` without CAP_SYS_ADMIN, `ENOSPC` where a limit of namespaces
///   (/proc/sys/user/max_*_namespaces) or their nesting is reached, `EAGAIN` at the limit of processes.
///
/// The corresponding system call is `clone3(2)`.
public func cloneProcess(
    _ namespaces: Namespaces = [], controlGroup: CInt? = nil, asSibling: Bool = false
) throws(SystemCallError) -> ClonedProcess {
    var descriptor: CInt = -1
    let pid = try withUnsafeMutablePointer(to: &descriptor) { pointer throws(SystemCallError) in
        var arguments = clone_args()
        arguments.flags = UInt64(UInt32(bitPattern: namespaces.rawValue)) | UInt64(CLONE_PIDFD)
        // CLONE_CLEAR_SIGHAND
        arguments.flags |= 0x1_0000_0000
        arguments.pidfd = UInt64(UInt(bitPattern: pointer))
        if asSibling {
            arguments.flags |= UInt64(CLONE_PARENT)
        } else {
            arguments.exit_signal = UInt64(SIGCHLD)
        }
        if let controlGroup {
            arguments.flags |= clinux_CLONE_INTO_CGROUP
            arguments.cgroup = UInt64(controlGroup)
        }
        return try checked("clone3") { clinux_clone3(&arguments) }
    }
    return ClonedProcess(pid: pid_t(pid), descriptor: pid == 0 ? nil : OwnedDescriptor(adopting: descriptor))
}
