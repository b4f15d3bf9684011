import CLinux
import Glibc

/// A program to start with posix_spawn(3): between fork and exec nothing of this process runs, so any number of threads
/// may be there.
///
/// Standard input is /dev/null unless ``descriptors`` says otherwise; signals are as a new login has them, whatever the
/// caller blocks or ignores.
public struct Spawn {
    /// Its path, which isn't looked up in `PATH`, and its arguments.
    private let arguments: [String]
    /// Its variables, as `NAME=VALUE`; `nil`: the caller's.
    public var environment: [String]?
    /// What it gets, as pairs of the caller's descriptor and its own. Each is open in it whether or not the caller's has
    /// the flag that closes it on execve(2).
    public var descriptors: [(caller: CInt, program: CInt)] = []
    /// Whether it leads a process group of its own: a Ctrl-C at the terminal reaches only the caller, who decides.
    public var leadsGroup = false
    /// Whether descriptors from 3 on that it isn't given are closed in it, those without that flag too.
    public var closesOthers = false

    /// - Parameter arguments: The first is the program's path.
    public init(_ arguments: [String], environment: [String]? = nil) {
        self.arguments = arguments
        self.environment = environment
    }

    /// Starts it.
    ///
    /// - Returns: Its process, a child of the caller, who waits for it.
    public func start() throws(SystemCallError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        try add(to: &actions)
        set(&attributes)
        var pid: pid_t = 0
        let program = arguments.first ?? ""
        let code = withCStrings(arguments) { argv in
            guard let environment else { return posix_spawn(&pid, program, &actions, &attributes, argv, environ) }
            return withCStrings(environment) { posix_spawn(&pid, program, &actions, &attributes, argv, $0) }
        }
        guard code == 0 else { throw SystemCallError(call: "posix_spawn", errno: code, subject: program) }
        return pid
    }

    private func add(to actions: inout posix_spawn_file_actions_t) throws(SystemCallError) {
        if !descriptors.contains(where: { $0.program == 0 }) {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        for (caller, program) in descriptors {
            // To itself it only loses the flag that would close it.
            posix_spawn_file_actions_adddup2(&actions, caller, program)
        }
        guard closesOthers else { return }
        let kept = descriptors.map(\.program)
        for open in try directoryEntries("/proc/self/fd").compactMap({ CInt($0) })
        where open > 2 && !kept.contains(open) {
            // One that has been closed meanwhile is no error (posix_spawn(3) of the C library).
            posix_spawn_file_actions_addclose(&actions, open)
        }
    }

    private func set(_ attributes: inout posix_spawnattr_t) {
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        if leadsGroup {
            posix_spawnattr_setpgroup(&attributes, 0)
            flags |= POSIX_SPAWN_SETPGROUP
        }
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }
}
