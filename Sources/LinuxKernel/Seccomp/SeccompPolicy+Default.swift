import CCap
import Glibc

/// Docker's default policy (moby, profiles/seccomp), as of its release 28: what is not listed fails with `EPERM`.
///
/// Left out on purpose, as there: the kernel's keyrings, which no namespace separates; io_uring, which bypasses the
/// filter; new user namespaces; everything that changes the host.
extension SeccompPolicy {
    /// What containers get.
    public static let containerDefault = Self(
        defaultAction: .errno(UInt16(EPERM)),
        rules: [SeccompRule(alwaysAllowed.flatMap(words))] + conditional + byArchitecture + byCapability,
        optionalNames: Set(words(newerThanLibrary)))

    /// Calls that libseccomp 2.5.4 does not know yet.
    private static let newerThanLibrary = """
        cachestat fchmodat2 futex_requeue futex_wait futex_wake getxattrat listmount listxattrat lsm_get_self_attr
        lsm_list_modules lsm_set_self_attr map_shadow_stack mseal removexattrat riscv_hwprobe setxattrat statmount
        uretprobe
        """

    private static let alwaysAllowed = [
        // Files.
        """
        _llseek access cachestat chdir chmod chown chown32 close close_range copy_file_range creat dup dup2
        dup3 faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown
        fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat
        fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64
        getxattr getxattrat ioctl lchown lchown32 lgetxattr link linkat listmount listxattr listxattrat
        llistxattr lremovexattr lseek lsetxattr lstat lstat64 memfd_create memfd_secret mkdir mkdirat mknod
        mknodat name_to_handle_at newfstatat open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64
        pwritev pwritev2 read readahead readlink readlinkat readv removexattr removexattrat rename renameat
        renameat2 rmdir sendfile sendfile64 setxattr setxattrat splice stat stat64 statfs statfs64 statmount
        statx symlink symlinkat sync sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat
        utime utimensat utimensat_time64 utimes vmsplice write writev
        """,
        // Waiting for events.
        """
        _newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait
        epoll_wait_old eventfd eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1
        inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup
        io_submit poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4
        """,
        // Sockets.
        """
        accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg
        recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair
        """,
        // Processes and threads.
        """
        execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv
        futex_wake get_robust_list get_thread_area getcpu getpgid getpgrp getpid getppid getpriority getrlimit
        getrusage getsid gettid ioprio_get ioprio_set kill landlock_add_rule landlock_create_ruleset
        landlock_restrict_self membarrier pause pidfd_open pidfd_send_signal prctl prlimit64 process_mrelease
        restart_syscall riscv_hwprobe rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
        rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo
        sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
        sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr
        sched_setparam sched_setscheduler sched_yield seccomp set_robust_list set_thread_area set_tid_address
        setpgid setpriority setrlimit setsid sigaltstack sigprocmask sigreturn tgkill tkill ugetrlimit
        uretprobe vfork wait4 waitid waitpid
        """,
        // Identity.
        """
        capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid
        getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid
        setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32
        setreuid setreuid32 setuid setuid32
        """,
        // Memory.
        """
        brk madvise map_shadow_stack mincore mlock mlock2 mlockall mmap mmap2 mprotect mremap mseal msync
        munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages
        """,
        // Communication between processes.
        """
        ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
        mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop
        semtimedop_time64 shmat shmctl shmdt shmget
        """,
        // Time.
        """
        adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
        clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time
        timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
        timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times
        """,
        // The system.
        """
        getrandom sysinfo uname
        """,
    ]

    private static let conditional: [SeccompRule] =
        [
            // The kernel itself asks for PTRACE_MODE_ATTACH; before 4.8, ptrace could get around a filter.
            SeccompRule(
                words("process_vm_readv process_vm_writev ptrace"),
                requirement: SeccompRequirement(kernel: KernelVersion(4, 8))),
            // AF_VSOCK reaches the hypervisor, whatever the network namespace.
            SeccompRule(["socket"], conditions: [SeccompCondition(argument: 0, .notEqual, 40)]),
            // No new namespaces: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
            SeccompRule(
                ["clone"], conditions: [SeccompCondition(argument: 0, .maskedEqual(mask: 0x7E02_0000), 0)],
                exclusion: SeccompExclusion(capabilities: set(CAP_SYS_ADMIN))),
            // A filter can't look into clone3's structure: the C library falls back to clone.
            SeccompRule(
                ["clone3"], action: .errno(UInt16(ENOSYS)),
                exclusion: SeccompExclusion(capabilities: set(CAP_SYS_ADMIN))),
        ]
        // PER_LINUX, PER_LINUX32, both with UNAME26, and the question which one is set.
        + [0, 0x8, 0x20000, 0x20008, 0xFFFF_FFFF].map {
            SeccompRule(["personality"], conditions: [SeccompCondition(argument: 0, .equal, $0)])
        }

    private static let byArchitecture = [
        SeccompRule(
            words("arch_prctl modify_ldt"), requirement: SeccompRequirement(architectures: ["amd64"])),
        SeccompRule(
            words("arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"),
            requirement: SeccompRequirement(architectures: ["arm64"])),
    ]

    private static let byCapability: [SeccompRule] = [
        (CAP_BPF, "bpf"),
        (CAP_DAC_READ_SEARCH, "open_by_handle_at"),
        (CAP_PERFMON, "perf_event_open"),
        (
            CAP_SYS_ADMIN,
            """
            bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
            lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl
            quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare
            """
        ),
        (CAP_SYS_BOOT, "reboot"),
        (CAP_SYS_CHROOT, "chroot"),
        (CAP_SYS_MODULE, "delete_module finit_module init_module"),
        (CAP_SYS_NICE, "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
        (CAP_SYS_PACCT, "acct"),
        (CAP_SYS_PTRACE, "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"),
        (CAP_SYS_RAWIO, "ioperm iopl"),
        (CAP_SYS_TIME, "clock_settime clock_settime64 settimeofday stime"),
        (CAP_SYS_TTY_CONFIG, "vhangup"),
        (CAP_SYSLOG, "syslog"),
    ].map { SeccompRule(words($1), requirement: SeccompRequirement(capabilities: set($0))) }

    private static func words(_ text: String) -> [String] {
        text.split { $0 == " " || $0 == "\n" }.map(String.init)
    }

    private static func set(_ number: CInt) -> CapabilitySet { CapabilitySet(rawValue: 1 << UInt64(number)) }
}
