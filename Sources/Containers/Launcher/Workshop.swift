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
    private let groups: SandboxGroups
    private let filters: FilterStore

    /// - Parameter descriptors: Those that came with the request: the host's network namespace; copied.
    init(_ configuration: SandboxConfiguration, _ descriptors: [CInt]) throws {
        self.configuration = configuration
        // A slave sees what the host mounts later, and keeps nothing busy that the host unmounts; nothing goes back.
        try mount("none", at: "/", [.recursive, .slave])
        scratch = try ScratchSpace.make(configuration)
        network = try SandboxNetwork(configuration.networks, hostNetwork: try Self.copied(descriptors.first))
        groups = try SandboxGroups(identifier: configuration.identifier)
        filters = FilterStore(directory: configuration.filterCache)
    }

    private static func copied(_ descriptor: CInt?) throws(SystemCallError) -> OwnedDescriptor? {
        guard let descriptor else { return nil }
        return OwnedDescriptor(
            adopting: try checked("fcntl") { clinux_fcntl(descriptor, F_DUPFD_CLOEXEC, 3) })
    }

    /// What leads out of the sandbox; `nil` where nothing does.
    var egress: Egress? { network.egress }

    /// Does ahead of time what the first container would wait for.
    func warmUp() throws { _ = try filters.program(for: .containerDefault) }

    /// Starts a container's first process.
    ///
    /// - Parameter namespace: The network namespace, or the pidfd of a process in it, that the container joins instead
    ///   of having its own.
    func makeContainer(
        _ container: ContainerSpecification, _ descriptors: [CInt], joining namespace: CInt?
    ) throws -> LaunchedProcess {
        let streams = try Streams(descriptors)
        let filter = try filters.program(for: container.process)
        let (group, warnings) = try groups.makeGroup(for: container)
        let report = try OwnedDescriptor.pipe(flags: O_NONBLOCK)
        let goAhead = try OwnedDescriptor.pipe()
        try makeBlocking(report.writer.rawValue)
        var namespaces: Namespaces = [.mount, .pid, .uts, .ipc]
        if namespace == nil { namespaces.insert(.network) }
        let child = try cloneProcess(namespaces, controlGroup: group.descriptor)
        if child.isChild {
            let reporter = Reporter(pipe: report.writer.rawValue)
            for warning in warnings { reporter.warn(warning) }
            ContainerSetup(
                specification: container, scratch: scratch, filter: filter, reporter: reporter,
                goAhead: goAhead.reader.rawValue, streams: streams, joinedNetwork: namespace
            ).run()
        }
        let process = try launched(child, report.takeReader(), container, group)
        do {
            if group.needsJoin { try group.join(process.pid) }
            if namespace == nil { try network.connect(process.pid, container.network.interfaces) }
            if container.network.hasNameServer {
                process.nameServer = try network.makeNameServerSockets(in: process.descriptor)
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
        let child = try cloneProcess([.mount])
        if child.isChild {
            process.run(in: scratch, streams: streams, reporter: Reporter(pipe: report.writer.rawValue))
        }
        let launched = try launched(child, report.takeReader(), nil, nil)
        if needsNameServer { launched.nameServer = try network.makeNameServerSockets(in: nil) }
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
        guard descriptors.count >= 3 else {
            throw SetupFailure(.systemCall, call: "recvmsg", subject: "descriptors", errno: EBADF)
        }
        self.descriptors = Array(descriptors[0..<3])
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
