import CLinux
import ControlGroups
import Glibc
import LinuxKernel
import Netlink

/// What the launcher makes processes with: the sandbox's network, scratch space, control groups and filters.
final class Workshop {
    private let configuration: SandboxConfiguration
    let scratch: ScratchSpace
    private let network: SandboxNetwork
    private let namespaces: NetworkNamespaces
    private let groups: SandboxGroups
    private let filters: FilterStore
    /// The sandbox's own network namespace has the sockets of one.
    private var hasNameServer = false

    init(_ configuration: SandboxConfiguration, _ preparation: Preparation) throws {
        self.configuration = configuration
        namespaces = preparation.networks
        scratch = try ScratchSpace.make(configuration)
        network = try SandboxNetwork(configuration.networks, in: preparation.networks)
        groups = try SandboxGroups(identifier: configuration.identifier, in: preparation.hierarchies)
        filters = FilterStore(directory: configuration.filterCache)
    }

    /// The network namespace of whoever has started the harness.
    var hostNetwork: CInt { namespaces.host }

    /// What leads out of the sandbox; `nil` where nothing does.
    var egress: Egress? { network.egress }

    /// Does ahead of time what the first container would wait for.
    func warmUp() throws { _ = try filters.program(for: .containerDefault) }

    /// Starts a container's first process.
    ///
    /// - Parameter joined: The network namespace, or the pidfd of a process in it, that the container has instead of
    ///   its own.
    func makeContainer(
        _ container: ContainerSpecification, _ descriptors: [CInt], joining joined: CInt?
    ) throws -> LaunchedProcess {
        let streams = try Streams(descriptors)
        let filter = try filters.program(for: container.process)
        let (group, warnings) = try groups.makeGroup(for: container)
        let report = try OwnedDescriptor.pipe(flags: O_NONBLOCK)
        let goAhead = try OwnedDescriptor.pipe()
        try makeBlocking(report.writer.rawValue)
        let made = joined == nil ? SharedDescriptor(try namespaces.take()) : nil
        defer { withExtendedLifetime(made) {} }
        let namespace = joined ?? made?.rawValue ?? -1
        let child = try cloneProcess([.mount, .pid, .uts, .ipc], controlGroup: group.descriptor)
        if child.isChild {
            let reporter = Reporter(pipe: report.writer.rawValue)
            for warning in warnings { reporter.warn(warning) }
            ContainerSetup(
                specification: container, scratch: scratch, network: namespace, filter: filter,
                reporter: reporter, goAhead: goAhead.reader.rawValue, streams: streams
            ).run()
        }
        let process = try launched(child, report.takeReader(), container, group)
        do {
            if group.needsJoin { try group.join(process.pid) }
            if joined == nil { try network.connect(namespace, container.network.interfaces) }
            if container.network.hasNameServer {
                process.nameServer = try network.makeNameServerSockets(in: namespace)
            }
            try GoAhead.give(to: goAhead.writer.rawValue)
        } catch {
            // The process waits for a word that won't come. Unless it has ended by itself, which is then the reason for
            // this failure, and which it has told.
            process.refusal = SetupFailure(error)
            try sendSignal(SIGKILL, to: process.descriptor)
        }
        return process
    }

    /// Starts a process in a running container.
    func join(
        _ container: LaunchedProcess, _ process: ProcessSpecification, _ descriptors: [CInt]
    ) throws -> LaunchedProcess {
        let streams = try Streams(descriptors)
        let filter = try filters.program(for: process)
        let report = try OwnedDescriptor.pipe(flags: O_NONBLOCK)
        let goAhead = try OwnedDescriptor.pipe()
        try makeBlocking(report.writer.rawValue)
        // Children are born into the PID namespace that was entered last; the launcher itself stays in its own.
        let own = try OwnedDescriptor.open("/proc/self/ns/pid", O_RDONLY)
        try Namespaces.pid.enter(container.descriptor)
        let cloned = Result { try cloneProcess([], controlGroup: container.group?.descriptor ?? nil).taken() }
        if case .success((0, _)) = cloned {
            JoiningProcess(
                container: container.descriptor, hostname: container.container?.hostname ?? "",
                process: process, filter: filter, reporter: Reporter(pipe: report.writer.rawValue), streams: streams,
                goAhead: goAhead.reader.rawValue
            ).run()
        }
        try Namespaces.pid.enter(own.rawValue)
        let (pid, descriptor) = try cloned.get()
        let launched = LaunchedProcess(
            pid: pid, descriptor: OwnedDescriptor(adopting: descriptor), report: report.takeReader())
        do {
            if let group = container.group, group.needsJoin { try group.join(pid) }
            try GoAhead.give(to: goAhead.writer.rawValue)
        } catch {
            launched.refusal = SetupFailure(error)
            try sendSignal(SIGKILL, to: launched.descriptor)
        }
        return launched
    }

    /// Starts a process on the host's file system, in the sandbox's network.
    ///
    /// - Parameter needsNameServer: Sockets for one are made in the sandbox's network namespace.
    func runOnHost(
        _ process: HostProcess, _ descriptors: [CInt], needsNameServer: Bool
    ) throws -> LaunchedProcess {
        let streams = try Streams(descriptors)
        let report = try OwnedDescriptor.pipe(flags: O_NONBLOCK)
        try makeBlocking(report.writer.rawValue)
        // Before the program can ask; once, since what was sent away stays open there.
        let sockets = needsNameServer && !hasNameServer ? try network.makeNameServerSockets(in: nil) : []
        hasNameServer = hasNameServer || needsNameServer
        let child = try cloneProcess([.mount])
        if child.isChild {
            process.run(in: scratch, streams: streams, reporter: Reporter(pipe: report.writer.rawValue))
        }
        let launched = try launched(child, report.takeReader(), nil, nil)
        launched.nameServer = sockets
        return launched
    }

    private func makeBlocking(_ descriptor: CInt) throws(SystemCallError) {
        try checked("fcntl") { clinux_fcntl(descriptor, F_SETFL, 0) }
    }

    private func launched(
        _ child: consuming ClonedProcess, _ report: consuming OwnedDescriptor, _ container: ContainerSpecification?,
        _ group: Group?
    ) throws -> LaunchedProcess {
        let (pid, descriptor) = child.taken()
        return LaunchedProcess(
            pid: pid, descriptor: OwnedDescriptor(adopting: descriptor), report: report, container: container,
            group: group)
    }
}

/// The standard streams that came with a request: input, output, error.
struct Streams {
    private let descriptors: [CInt]

    init(_ descriptors: [CInt]) throws(SetupFailure) {
        guard descriptors.count == 3 else {
            throw SetupFailure(.systemCall, call: "recvmsg", subject: "descriptors", errno: EBADF)
        }
        self.descriptors = descriptors
    }

    /// Makes them the calling process's own.
    ///
    /// None of them has one of the numbers 0 to 2, which are open in the launcher.
    func install() throws(SystemCallError) {
        for (number, descriptor) in descriptors.enumerated() {
            try checked("dup2") { dup2(descriptor, CInt(number)) }
        }
    }
}
