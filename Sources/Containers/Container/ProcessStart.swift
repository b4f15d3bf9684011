import CLinux
import Glibc
import LinuxKernel

/// The last steps before execve(2), the same for a container's first program and for one that joins it: the calling
/// process is in the container's namespaces and has its standard streams.
struct ProcessStart {
    let process: ProcessSpecification
    /// The compiled filter for system calls; `nil`: none.
    let filter: SeccompProgram?
    /// What it may have open unless it asks for a limit of its own.
    let descriptorLimit: DescriptorLimit
    let reporter: Reporter
    let hostname: String
    let hasInit: Bool
    /// The ids that there are.
    let identities: IdentityMap

    func start(_ accounts: ContainerAccounts) throws -> Never {
        let account = try accounts.account(process.user)
        var groups = account.groups
        for group in try process.groups.map(accounts.group) where !groups.contains(group) { groups.append(group) }
        try checkIdentities(account.user, groups)
        // From here on nothing is opened: what the launcher has open may be above the limit.
        try descriptorLimit.restore()
        try ResourceLimits.apply(process.limits, warn: reporter.warn)
        giveStreams(to: account)
        umask(0o022)
        // Without no_new_privs only CAP_SYS_ADMIN may put a filter on, so that it comes before the capabilities go.
        if !process.noNewPrivileges { try filter?.install() }
        // Where nobody can become another, nobody may drop a group either (user_namespaces(7), setgroups).
        try ProcessIdentity(
            user: account.user, group: account.group, groups: identities.isSingle ? nil : groups,
            capabilities: try possibleCapabilities()
        ).assume()
        try WorkingDirectory.enter(process.workingDirectory)
        if process.noNewPrivileges {
            try forbidNewPrivileges()
            try filter?.install()
        }
        if hasInit { try InitProcess.split(closing: [reporter.pipe]) }
        if process.hasTerminal { try Terminal.control() }
        execute(home: account.home)
    }

    /// The kernel would only say that an argument is invalid.
    private func checkIdentities(_ user: uid_t, _ groups: [gid_t]) throws(SetupFailure) {
        if !identities.contains(user: user) { throw SetupFailure(.userUnmapped, subject: "user \(user)") }
        for group in groups where !identities.contains(group: group) {
            throw SetupFailure(.userUnmapped, subject: "group \(group)")
        }
    }

    /// Those that the harness itself has: in a container of its own it may lack some.
    private func possibleCapabilities() throws -> CapabilitySet {
        let wanted = try process.capabilitySet()
        let missing = wanted.subtracting(.ofCallingProcess())
        if missing == [] { return wanted }
        reporter.warn("the host does not give \(missing.map(\.description).joined(separator: ", "))")
        return wanted.subtracting(missing)
    }

    /// A program that opens /dev/stdout opens the pipe anew and needs the right to.
    ///
    /// Pipes and the container's own terminal only: a file or a device, such as /dev/null or the caller's terminal, is
    /// the host's, and stays whose it is.
    private func giveStreams(to account: Account) {
        for stream: CInt in 0...2 {
            var status = stat()
            guard fstat(stream, &status) == 0 else { continue }
            let isPipe = [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
            if isPipe || process.hasTerminal { _ = fchown(stream, account.user, account.group) }
        }
    }

    private func execute(home: String) -> Never {
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        var environment = process.environment
        for (name, value) in [("HOSTNAME", hostname), ("HOME", home)]
        where !environment.contains(where: { $0.hasPrefix("\(name)=") }) {
            environment.append("\(name)=\(value)")
        }
        let path = environment.first { $0.hasPrefix("PATH=") }?.dropFirst(5)
        let error = LinuxKernel.execute(
            process.arguments, environment: environment, searching: String(path ?? Self.defaultPath))
        reporter.fail(Self.failure(error, of: process.arguments.first ?? ""))
    }

    private static let defaultPath: Substring = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    static func failure(_ error: SystemCallError, of program: String) -> SetupFailure {
        switch error.errno {
        case ENOENT, ENOTDIR: SetupFailure(.commandNotFound, call: error.call, subject: program, errno: error.errno)
        default: SetupFailure(.commandNotExecutable, call: error.call, subject: program, errno: error.errno)
        }
    }
}
