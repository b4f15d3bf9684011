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
    private let devices: LoadedDevicePolicy?
    /// What programs may have open.
    private let descriptorLimit: DescriptorLimit
    /// The sandbox's own network namespace has the sockets of one.
    private var hasNameServer = false

    init(_ configuration: SandboxConfiguration, _ preparation: Preparation) throws {
        self.configuration = configuration
        namespaces = preparation.networks
        scratch = try ScratchSpace.make(configuration)
        network = try SandboxNetwork(
            configuration.networks, in: preparation.networks,
            egress: EgressOptions(hostAccess: configuration.hostAccess, processes: scratch.processes))
        groups = try SandboxGroups(identifier: configuration.identifier, in: preparation.hierarchies)
        devices = preparation.devices
        descriptorLimit = try DescriptorLimit.raise()
        filters = FilterStore(directory: configuration.filterCache, standard: preparation.systemCalls)
    }

    /// The network namespace of whoever has started the harness.
    var hostNetwork: CInt { namespaces.host }

    /// What leads out of the sandbox; `nil` where nothing does.
    var egress: Egress? { network.egress }

    /// Does ahead of time what the first container would wait for.
    func warmUp() throws {
        groups.restrictDevices(devices)
        _ = try filters.program(for: .containerDefault)
    }

    /// Starts a container's first process.
    ///
    /// - Parameter owners: The containers whose namespaces it is to be in.
    func makeContainer(
        _ container: ContainerSpecification, _ descriptors: [CInt], owners: NamespaceOwners = NamespaceOwners()
    ) throws -> LaunchedProcess {
        let streams = try Streams(descriptors)
        let filter = try filters.program(for: container.process)
        let (group, warnings) = try groups.makeGroup(for: container)
        if let name = container.isolation.sharedMemory {
            try scratch.makeSharedMemory(name, size: container.shmSize)
        }
        let report = try OwnedDescriptor.pipe(flags: O_NONBLOCK)
        let goAhead = try OwnedDescriptor.pipe()
        try makeBlocking(report.writer.rawValue)
        let own = owners.network == nil ? SharedDescriptor(try namespaces.take()) : nil
        defer { withExtendedLifetime(own) {} }
        let namespace = own?.rawValue ?? owners.network ?? -1
        let (pid, descriptor) = try clone(container, group, in: owners.processes)
        if pid == 0 {
            let reporter = Reporter(pipe: report.writer.rawValue)
            for warning in warnings { reporter.warn(warning) }
            ContainerSetup(
                specification: container, scratch: scratch, network: namespace,
                hasOwnNetwork: owners.network == nil, groupView: group.view, filter: filter,
                descriptorLimit: descriptorLimit, reporter: reporter,
                goAhead: goAhead.reader.rawValue, streams: streams, ipcOwner: owners.ipc?.descriptor
            ).run()
        }
        let process = LaunchedProcess(
            pid: pid, descriptor: OwnedDescriptor(adopting: descriptor), report: report.takeReader(),
            container: container, group: group)
        do {
            if group.needsJoin { try group.join(process.pid) }
            if owners.network == nil {
                try network.connect(namespace, container.network.interfaces, of: container.name)
            }
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

    private func clone(
        _ container: ContainerSpecification, _ group: Group, in processes: LaunchedProcess?
    ) throws -> (pid: pid_t, descriptor: CInt) {
        var namespaces: Namespaces = [.mount]
        if container.isolation.processes == .own { namespaces.insert(.pid) }
        if container.isolation.ipc == .own { namespaces.insert(.ipc) }
        if !container.isolation.usesHostName { namespaces.insert(.uts) }
        guard let processes else { return try cloneProcess(namespaces, controlGroup: group.descriptor).taken() }
        return try cloned(into: processes) {
            try cloneProcess(namespaces, controlGroup: group.descriptor).taken()
        }
    }

    /// Children are born into the PID namespace that was entered last; the launcher itself stays in its own.
    private func cloned(
        into container: LaunchedProcess, _ clone: () throws -> (pid: pid_t, descriptor: CInt)
    ) throws -> (pid: pid_t, descriptor: CInt) {
        let own = try OwnedDescriptor.open("/proc/self/ns/pid", O_RDONLY)
        try Namespaces.pid.enter(container.descriptor)
        let result = Result { try clone() }
        if case .success((0, _)) = result { return (0, -1) }
        try Namespaces.pid.enter(own.rawValue)
        return try result.get()
    }

    /// Takes away what a container that has ended leaves: what it has written, and its control groups.
    ///
    /// A child removes the files, under a name that nothing looks for: a large tree takes its time.
    func remove(container: String) throws {
        try groups.removeGroup(of: container)
        guard let discarded = try scratch.discard(container: container) else { return }
        let pid = try forkProcess()
        if pid == 0 {
            do {
                try removeTree(discarded)
                _exit(0)
            } catch {
                // The sandbox's end takes the rest.
                _exit(1)
            }
        }
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
        let (pid, descriptor) = try cloned(into: container) {
            try cloneProcess([], controlGroup: container.group?.descriptor ?? nil).taken()
        }
        if pid == 0 {
            JoiningProcess(
                container: container.descriptor, hostname: container.container?.hostname ?? "",
                launcherNumber: container.container?.isolation.processes == .sandbox ? 1 : 0,
                process: process, filter: filter, reporter: Reporter(pipe: report.writer.rawValue), streams: streams,
                goAhead: goAhead.reader.rawValue, descriptorLimit: descriptorLimit
            ).run()
        }
        let launched = LaunchedProcess(
            pid: pid, descriptor: OwnedDescriptor(adopting: descriptor), report: report.takeReader(),
            joined: container.group)
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
        let (pid, descriptor) = try cloneProcess([.mount]).taken()
        if pid == 0 {
            process.run(
                in: scratch, streams: streams, descriptorLimit: descriptorLimit,
                reporter: Reporter(pipe: report.writer.rawValue))
        }
        let launched = LaunchedProcess(
            pid: pid, descriptor: OwnedDescriptor(adopting: descriptor), report: report.takeReader())
        launched.nameServer = sockets
        return launched
    }

    private func makeBlocking(_ descriptor: CInt) throws(SystemCallError) {
        try checked("fcntl") { clinux_fcntl(descriptor, F_SETFL, 0) }
    }
}

/// The containers whose namespaces another is to be in; `nil`: none.
struct NamespaceOwners {
    var processes: LaunchedProcess?
    var ipc: LaunchedProcess?
    /// A descriptor of a network namespace, or the pidfd of a process that is in it.
    var network: CInt?
}
