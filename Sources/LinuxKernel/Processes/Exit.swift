import CLinux
import Glibc

/// How a process ended, as wait(2) tells it.
public enum ProcessExit: Hashable, Sendable {
    /// It called exit(3) with this code, 0...255.
    case exited(CInt)
    /// This signal killed it.
    case signalled(CInt)

    /// Takes the status word of wait(2).
    public init(status: CInt) {
        self = clinux_wifexited(status) != 0 ? .exited(clinux_wexitstatus(status)) : .signalled(clinux_wtermsig(status))
    }

    /// The status word of wait(2).
    public var waitStatus: CInt {
        switch self {
        case .exited(let code): code << 8
        case .signalled(let signal): signal
        }
    }

    /// Collects one child that has ended, without waiting; `nil` where none has, or there are no children.
    ///
    /// The corresponding system call is `waitpid(2)` with `WNOHANG`.
    public static func collectAny() throws(SystemCallError) -> (pid: pid_t, exit: ProcessExit)? {
        var status: CInt = 0
        do {
            let pid = try checked("waitpid") { waitpid(-1, &status, WNOHANG) }
            return pid == 0 ? nil : (pid, ProcessExit(status: status))
        } catch {
            if error.errno == ECHILD { return nil }
            throw error
        }
    }

    /// Waits for a child's end.
    public static func collect(_ pid: pid_t) throws(SystemCallError) -> ProcessExit {
        var status: CInt = 0
        try checked("waitpid", "\(pid)") { waitpid(pid, &status, 0) }
        return ProcessExit(status: status)
    }
}

/// Sends a signal to the process that a pidfd refers to; no error where it has ended.
///
/// The corresponding system call is `pidfd_send_signal(2)`.
public func sendSignal(_ signal: CInt, to process: CInt) throws(SystemCallError) {
    do {
        try checked("pidfd_send_signal") { clinux_pidfd_send_signal(process, signal) }
    } catch {
        if error.errno != ESRCH { throw error }
    }
}

/// Has the kernel kill the calling process when the thread that made it ends.
///
/// Cleared by a change of identity and by execve(2) of a set-id file, so it is the second line of defence only.
/// `parent` is what getppid(2) must still say, 0 where the parent is outside the PID namespace: a parent that has
/// ended before the call can't be noticed otherwise.
///
/// The corresponding system call is `prctl(2)` with `PR_SET_PDEATHSIG`.
public func dieWithParent(expecting parent: pid_t) throws(SystemCallError) {
    try checked("prctl", "PR_SET_PDEATHSIG") { clinux_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL), 0, 0, 0) }
    if getppid() != parent { _exit(0) }
}

/// Marks every descriptor from `first` upward to be closed on execve(2).
///
/// The corresponding system call is `close_range(2)` with `CLOSE_RANGE_CLOEXEC` (Linux 5.11).
public func closeOnExecute(from first: CInt) throws(SystemCallError) {
    try checked("close_range") { clinux_close_range(UInt32(first), UInt32.max, UInt32(CLOSE_RANGE_CLOEXEC)) }
}
