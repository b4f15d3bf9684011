import Addresses
import CLinux
import Glibc
import LinuxKernel
import Netlink

/// The process behind the way out: it masquerades in a network namespace of its own, in which pasta(1) has an interface
/// and makes, on the host, the connections that are wanted.
///
/// A namespace of its own, so that the packet that has woken it, which has passed the sandbox's already, is
/// masqueraded like all that follow. Neither the sandbox nor the host has a rule of a firewall.
struct EgressProcess {
    static let inner: InterfaceName = "inner"
    static let innerIndex: Int32 = 2
    private static let outer = "outer"
    /// The report's byte that says that the way is open; everything else is text that says why not.
    static let ready: UInt8 = 1

    /// Its own network namespace, which it enters.
    let namespace: CInt
    /// Where pasta is to be; `nil`: the process starts there.
    let hostNetwork: CInt?
    let subnets: [IPv4Network]
    /// Readable once the link to the sandbox is there.
    let goAhead: CInt
    /// Closed once everything has been told.
    let report: CInt

    /// Never returns: stays for as long as pasta does.
    func run() -> Never {
        do {
            try closeOnExecute(from: 3)
            try dieWithParent(expecting: 1)
            try GoAhead.wait(on: goAhead)
            let pipe = try OwnedDescriptor.pipe()
            let start = try OwnedDescriptor.pipe()
            // Before this process has left the host's network, to which it might not come back.
            let program = try startPasta(errors: pipe.writer.rawValue, goAhead: start.reader.rawValue)
            try Namespaces.network.enter(namespace)
            try configure()
            let routes = try Notifications(.routes)
            try GoAhead.give(to: start.writer.rawValue)
            // Without the writing end here, its end is pasta's.
            let errors = pipe.takeReader()
            try serve(program, errors.rawValue, routes.descriptor) { try routes.hasDefaultRoute() }
        } catch {
            tell("\(error)")
        }
        _exit(0)
    }

    private func tell(_ text: String) {
        do {
            try writeAll(text.utf8, to: report)
        } catch {
            // The launcher has gone, and this process goes with it.
        }
    }

    private func configure() throws {
        var session = try Session()
        var requests: [Netlink.Request] = [
            .change(.index(1), .up),
            .addAddress(
                InterfaceAddress(
                    interface: Self.innerIndex, address: EgressLink.neighbour, prefixLength: EgressLink.prefixLength)),
            .change(.index(Self.innerIndex), .up),
        ]
        requests += subnets.map { .addRoute(Route(destination: $0, gateway: EgressLink.address)) }
        try session.run(requests)
        let file = try OwnedDescriptor.open("/proc/sys/net/ipv4/ip_forward", O_WRONLY)
        try writeAll("1".utf8, to: file.rawValue)
        try Masquerade.install()
    }

    // MARK: pasta

    private static var arguments: [String] {
        [
            "pasta", "--foreground", "--quiet", "--stderr", "--ipv4-only", "--netns-only", "--no-netns-quit",
            // It gives up its capabilities and its file system by itself; as another user it could not enter.
            "--runas", "0:0", "--config-net", "--ns-ifname", outer, "--address", "\(EgressLink.outerAddress)",
            "--netmask", "\(EgressLink.prefixLength)", "--gateway", "\(EgressLink.host)", "--tcp-ports", "none",
            "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none", "--dns", "none", "--no-dhcp", "--no-ra",
            "--no-ndp",
        ]
    }

    private func startPasta(errors: CInt, goAhead: CInt) throws -> pid_t {
        let parent = getpid()
        let program = try forkProcess()
        if program == 0 {
            do {
                try become(errors: errors, goAhead: goAhead, parent: parent)
            } catch {
                _exit(126)
            }
        }
        return program
    }

    private func become(errors: CInt, goAhead: CInt, parent: pid_t) throws -> Never {
        try dieWithParent(expecting: parent)
        try GoAhead.wait(on: goAhead)
        let null = try OwnedDescriptor.open("/dev/null", O_RDWR)
        let input = null.rawValue
        for number: CInt in 0...1 { try checked("dup2") { dup2(input, number) } }
        try checked("dup2") { dup2(errors, 2) }
        let namespace = namespace
        try checked("fcntl") { clinux_fcntl(namespace, F_SETFD, 0) }
        if let hostNetwork { try Namespaces.network.enter(hostNetwork) }
        var none = sigset_t()
        sigemptyset(&none)
        sigprocmask(SIG_SETMASK, &none, nil)
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        let arguments = Self.arguments + ["--netns", "/proc/self/fd/\(namespace)"]
        let error = execute(arguments, environment: ["PATH=\(path)", "LC_ALL=C"], searching: path)
        _exit(error.errno == ENOENT ? 127 : 126)
    }

    /// Tells when the way is open, or why it will not be; then waits for pasta's end.
    private func serve(
        _ program: pid_t, _ errors: CInt, _ routes: CInt, isOpen: () throws -> Bool
    ) throws {
        var said: [UInt8] = []
        var isTold = false
        while true {
            var watched = [
                pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isTold ? -1 : routes, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&watched, 2, -1) > 0 else { continue }
            if watched[1].revents != 0, try isOpen() {
                try writeAll([Self.ready], to: report)
                close(report)
                isTold = true
            }
            guard watched[0].revents != 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 1024)
            let count = read(errors, &buffer, buffer.count)
            guard count > 0 else {
                var status: CInt = 0
                waitpid(program, &status, 0)
                if !isTold { tell(Self.reason(ProcessExit(status: status), said)) }
                return
            }
            said = (said + buffer[0..<count]).suffix(512)
        }
    }

    private static func reason(_ exit: ProcessExit, _ said: [UInt8]) -> String {
        if case .exited(127) = exit { return "the program 'pasta' is missing; install the package passt" }
        let last = said.split(separator: UInt8(ascii: "\n")).last ?? []
        return "pasta failed: \(String(decoding: last, as: UTF8.self))"
    }
}
