import CLinux
import Glibc
import LinuxKernel

/// The program pasta(1), which makes on the host the connections that are wanted in a network namespace.
///
/// It talks to whatever is outside, and parses what containers send: it gets no more rights than it needs. Where the
/// host has user namespaces it is the host's `nobody`, without a capability there; where not, it keeps the caller's
/// user and what it needs to enter the namespace. In both cases it gives up its file system and sets up a filter of
/// system calls by itself.
struct PastaProgram {
    private static let interface = "outer"
    private static let device = (path: "/dev/net/tun", directory: "/dev/net", major: UInt32(10), minor: UInt32(200))

    /// Where it makes connections; `nil`: the calling process is there.
    let hostNetwork: CInt?
    /// Where they are wanted.
    let network: CInt
    /// The user namespace that owns ``network``; `nil`: the caller's own.
    let user: CInt?
    /// What is sent to ``EgressLink/host`` goes to the host's loopback interface.
    let reachesHost: Bool

    /// Makes the calling process, which must have one thread and be root, the program.
    ///
    /// - Parameter parent: With whose end it ends.
    func become(errors: CInt, parent: pid_t) throws -> Never {
        let null = try OwnedDescriptor.open("/dev/null", O_RDWR)
        let input = null.rawValue
        for number: CInt in 0...1 { try checked("dup2") { dup2(input, number) } }
        try checked("dup2") { dup2(errors, 2) }
        try checked("fcntl") { clinux_fcntl(network, F_SETFD, 0) }
        // While every directory can be searched.
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        guard let program = Self.find(in: path) else { _exit(127) }
        if user != nil { try provideDevice() }
        if let hostNetwork { try Namespaces.network.enter(hostNetwork) }
        if let user { try becomeNobody(in: user) }
        // A change of the user takes it away, so that it comes last.
        try dieWithParent(expecting: parent)
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        _ = execute([program] + arguments, environment: ["PATH=\(path)", "LC_ALL=C"], searching: path)
        _exit(126)
    }

    private static func find(in path: String) -> String? {
        path.split(separator: ":").lazy.map { "\($0)/pasta" }.first { access($0, X_OK) == 0 }
    }

    private var arguments: [String] {
        [
            // The user 0 is the one of its user namespace.
            "--foreground", "--quiet", "--stderr", "--ipv4-only", "--netns-only", "--no-netns-quit", "--runas",
            "0:0", "--config-net", "--ns-ifname", Self.interface, "--address", "\(EgressLink.outerAddress)",
            "--netmask", "\(EgressLink.prefixLength)", "--gateway", "\(EgressLink.host)", "--tcp-ports", "none",
            "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none", "--dns", "none", "--no-dhcp", "--no-ra",
            "--no-ndp", "--netns", "/proc/self/fd/\(network)",
        ] + (reachesHost ? [] : ["--no-map-gw"])
    }

    /// Lets a user that is not root open the device, in a mount namespace of its own.
    private func provideDevice() throws {
        var status = stat()
        guard stat(Self.device.path, &status) == 0, status.st_mode & 0o6 != 0o6 else { return }
        try Namespaces.mount.unshare()
        try mount("tun", at: Self.device.directory, type: "tmpfs", [.noSetUID, .noExecute], data: "mode=755")
        try checked("mknod", Self.device.path) {
            mknod(Self.device.path, S_IFCHR | 0o666, clinux_makedev(Self.device.major, Self.device.minor))
        }
    }

    private func becomeNobody(in namespace: CInt) throws {
        try checked("setgroups") { clinux_setgroups(0, nil) }
        try Namespaces.user.enter(namespace)
        try checked("setresgid") { clinux_setresgid(0, 0, 0) }
        try checked("setresuid") { clinux_setresuid(0, 0, 0) }
    }
}
