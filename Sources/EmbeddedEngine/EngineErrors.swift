import Containers
import Glibc
import LinuxKernel
import Orchestration

extension EngineError {
    /// A refused system call, with what to check where the kernel's word misleads.
    init(_ error: SystemCallError) {
        self.init(
            .systemCall(name: error.call, subject: error.subject, errno: error.errno),
            remedy: Self.remedy(call: error.call, errno: error.errno))
    }

    /// What was told from inside of a container's set-up.
    init(_ failure: SetupFailure) {
        switch failure.kind {
        case .commandNotFound:
            self.init(
                .commandNotFound(failure.subject),
                remedy: "look at the image's PATH and files; a script whose interpreter is missing says the same")
        case .commandNotExecutable:
            self.init(
                .commandNotExecutable(failure.subject),
                remedy: failure.errno == ENOEXEC
                    ? "the file has no format that the kernel knows: is the first line of a script missing?"
                    : "make the file executable: chmod +x")
        case .userUnknown:
            self.init(
                .userUnknown(failure.subject),
                remedy: "use a number, or a name from the image's /etc/passwd and /etc/group")
        case .userUnmapped:
            self.init(.userUnmapped(failure.subject), remedy: SubordinateIDAdvice.remedy)
        case .bindSource:
            self.init(.bindSource(path: failure.subject, errno: failure.errno))
        case .mountTarget:
            self.init(
                .systemCall(name: failure.call, subject: failure.subject, errno: EINVAL),
                remedy: "choose another target for the mount")
        case .noSuchContainer:
            self.init(.sandboxLost("the container '\(failure.subject)' is not running"))
        case .systemCall, .filter:
            self.init(
                .systemCall(name: failure.call, subject: failure.subject, errno: failure.errno),
                remedy: Self.remedy(call: failure.call, errno: failure.errno))
        }
    }

    /// Runs a step of the engine and turns what it throws into an ``EngineError``.
    static func translating<Success>(
        _ container: ContainerPlan?, _ body: () async throws -> Success
    ) async throws -> Success {
        do {
            return try await body()
        } catch let failure as SetupFailure {
            throw EngineError(failure)
        } catch let error as SystemCallError {
            throw EngineError(error)
        } catch is ContainerSandbox.Lost {
            throw EngineError(.sandboxLost("the launcher has ended"), remedy: nil)
        }
    }

    /// What a person is told of a failure of the engine.
    public static func describe(_ error: any Error) -> (text: String, remedy: String?) {
        switch error {
        case let error as EngineError: ("\(error)", error.remedy)
        case let failure as SetupFailure: describe(EngineError(failure))
        case let error as SystemCallError: (error.description, remedy(call: error.call, errno: error.errno))
        default: ("\(error)", nil)
        }
    }

    private static func remedy(call: String, errno: Int32) -> String? {
        switch (call, errno) {
        case ("clone3", EPERM), ("unshare", EPERM), ("mount", EPERM):
            "run as root, or see 'harness doctor'"
        case ("clone3", ENOSPC), ("unshare", ENOSPC):
            "raise the limit of namespaces: sysctl user.max_user_namespaces user.max_net_namespaces user.max_mnt_namespaces"
        case ("bind", EACCES):
            "ports below 1024 are root's: choose another, or sudo sysctl net.ipv4.ip_unprivileged_port_start=0"
        case ("write uid_map", _), ("write gid_map", _), ("open_tree", EPERM), ("mount_setattr", EPERM):
            "see 'harness doctor': this host restricts user namespaces"
        case ("open_tree", ESTALE):
            "the program has been replaced while it started: start it again"
        case ("clone3", EAGAIN), ("fork", EAGAIN):
            "raise the limit of processes (ulimit -u, or pids.max of the control group)"
        case ("mount", ENOSPC):
            "raise the limit of mounts: sysctl fs.mount-max"
        case ("mount", ENODEV):
            "load the file system's kernel module: see 'harness doctor'"
        case (RuntimeDirectory.trust, _):
            "it must be a directory of your own that nobody else can write to: remove it, or set XDG_RUNTIME_DIR"
        case (_, EMFILE), (_, ENFILE):
            "raise the limit of open files: ulimit -n"
        case (_, ENOSPC):
            "free space on the file system that holds HARNESS_HOME, or memory"
        default: nil
        }
    }
}
