import Addresses
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
    /// Where the process does not start, but something of it has to be.
    enum OtherNetwork {
        /// It starts in the sandbox's; pasta goes to the host's.
        case host(CInt)
        /// It starts in the host's, to which it could not go; the link begins in the sandbox's.
        case sandbox(CInt)

        var hasPrivileges: Bool { host != nil }

        /// A descriptor of the host's; `nil`: the process starts there.
        var host: CInt? {
            switch self {
            case .host(let descriptor): descriptor
            case .sandbox: nil
            }
        }
    }

    /// The report's byte that says that the way is open; everything else is text that says why not.
    static let ready: UInt8 = 1

    /// The index of ``EgressLink/interface``.
    let link: Int32
    /// The process starts in the sandbox's network or in the host's; this is the other one.
    let otherNetwork: OtherNetwork
    let subnets: [IPv4Network]
    let options: EgressOptions
    /// Closed once everything has been told.
    let report: CInt

    /// Never returns: stays for as long as pasta does.
    func run() -> Never {
        do {
            try closeOnExecute(from: 3)
            try dieWithParent(expecting: 1)
            // Without root the whole sandbox is in a user namespace, and pasta with it.
            let namespace = try EgressNamespace.make(
                processes: options.processes, isOwnedByNobody: otherNetwork.hasPrivileges)
            let pipe = try OwnedDescriptor.pipe()
            let start = try OwnedDescriptor.pipe()
            // Before this process leaves the host's network, where it may be the only one that can be there.
            let program = try startPasta(
                in: namespace, errors: pipe.writer.rawValue, goAhead: start.reader.rawValue)
            if case .sandbox(let sandbox) = otherNetwork { try Namespaces.network.enter(sandbox) }
            try connect(namespace.network.rawValue)
            try Namespaces.network.enter(namespace.network.rawValue)
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

    /// Joins the namespace to the sandbox's network, which the calling process is in by now.
    private func connect(_ namespace: CInt) throws {
        var session = try Session()
        try session.run(
            .createVeth(
                VethPair(
                    end: VethEnd(name: "egress1"), bridge: link,
                    peer: VethEnd(name: Self.inner, index: Self.innerIndex, address: EgressLink.neighbourHardware),
                    peerNamespace: .descriptor(namespace))))
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
        requests += HostGuard.rules(for: options.hostAccess)
        try session.run(requests)
        let file = try OwnedDescriptor.open("/proc/sys/net/ipv4/ip_forward", O_WRONLY)
        try writeAll("1".utf8, to: file.rawValue)
        try Masquerade.install()
    }

    private func startPasta(
        in namespace: borrowing EgressNamespace, errors: CInt, goAhead: CInt
    ) throws -> pid_t {
        let parent = getpid()
        let program = try forkProcess()
        if program == 0 {
            let pasta = PastaProgram(
                hostNetwork: otherNetwork.host, network: namespace.network.rawValue, user: namespace.userDescriptor,
                reachesHost: !options.hostAccess.isEmpty)
            do {
                // It waits with a copy of the pipe's other end, so that the end of this process must be its own.
                try dieWithParent(expecting: parent)
                try GoAhead.wait(on: goAhead)
                try pasta.become(errors: errors, parent: parent)
            } catch {
                _exit(126)
            }
        }
        return program
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
