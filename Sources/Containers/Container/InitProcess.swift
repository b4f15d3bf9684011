import CLinux
import Glibc
import LinuxKernel

/// The process that is PID 1 where a container asks for `init: true`: it starts the program, passes signals on to it,
/// collects every orphan, and ends as the program ended.
enum InitProcess {
    /// Splits the calling process (PID 1 of its namespace): the child returns from here, the parent never does.
    ///
    /// - Parameter descriptors: What only the child needs; the parent closes them, since their end of file is
    ///   what tells the launcher that the program runs.
    static func split(closing descriptors: [CInt]) throws {
        // Blocked before the split, so that no signal falls between.
        var all = sigset_t()
        sigfillset(&all)
        sigprocmask(SIG_SETMASK, &all, nil)
        // The filter is on already, and it refuses clone3, whose arguments it can't see.
        let child = try forkProcess()
        if child == 0 {
            setsid()
            return
        }
        for descriptor in descriptors { close(descriptor) }
        // The image's processes must not look into this one, which has the harness in its memory.
        _ = clinux_prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
        serve(child, all)
    }

    private static func serve(_ program: pid_t, _ signals: sigset_t) -> Never {
        var signals = signals
        while true {
            var number: CInt = 0
            guard sigwait(&signals, &number) == 0 else { continue }
            guard number == SIGCHLD else {
                kill(program, number)
                continue
            }
            var status: CInt = 0
            while true {
                let pid = waitpid(-1, &status, WNOHANG)
                if pid <= 0 { break }
                if pid == program { end(ProcessExit(status: status)) }
            }
        }
    }

    private static func end(_ exit: ProcessExit) -> Never {
        switch exit {
        case .exited(let code): _exit(code)
        // PID 1 can't kill itself with a signal, so that it says what a shell would say.
        case .signalled(let signal): _exit(128 + signal)
        }
    }
}
