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
    private let identities: IdentityMap
    private let hostProcess: HostNetworkProcess?
    /// The sandbox's own network namespace has the sockets of one.
    private var hasNameServer = false

    init(_ configuration: SandboxConfiguration, _ preparation: Preparation) throws {
        self.configuration = configuration
        namespaces = preparation.networks
        scratch = try ScratchSpace.make(configuration)
        identities = preparation.identities
        hostProcess = preparation.hostNetwork
        network = try SandboxNetwork(
            configuration.networks, in: preparation.networks, through: preparation.hostNetwork,
            egress: EgressOptions(hostAccess: configuration.hostAccess, processes: scratch.processes))
        groups = try SandboxGroups(
            identifier: configuration.identifier, in: preparation.hierarchies,
            isDelegated: !preparation.identities.isInitial)
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
        // In a user namespace the kernel makes no device nodes, and opens none of an image.
        if identities.isInitial { groups.restrictDevices(devices) }
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
        let namespace = own?.rawValue ?? owners.network?.descriptor ?? -1
        let setup = Setup(
            container: container, streams: streams, filter: filter, warnings: warnings, group: group, owners: owners,
            network: namespace, report: report.writer.rawValue, goAhead: goAhead.reader.rawValue)
        let isInHostNetwork = owners.network?.isHost ?? false
        let (pid, descriptor) = try isInHostNetwork ? cloneInHostNetwork(setup) : clone(setup)
        let process = LaunchedProcess(
            pid: pid, descriptor: OwnedDescriptor(adopting: descriptor), report: report.takeReader(),
            container: container, group: group, isInHostNetwork: isInHostNetwork)
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

    /// What the process of a container is made of.
    private struct Setup {
        var container: ContainerSpecification
        var streams: Streams
        var filter: SeccompProgram?
        var warnings: [String]
        var group: Group
        var owners: NamespaceOwners
        var network: CInt
        var report: CInt
        var goAhead: CInt

        var namespaces: Namespaces {
            var namespaces: Namespaces = [.mount]
            if container.isolation.processes == .own { namespaces.insert(.pid) }
            if container.isolation.ipc == .own { namespaces.insert(.ipc) }
            if !container.isolation.usesHostName { namespaces.insert(.uts) }
            return namespaces
        }
    }

    private func clone(_ setup: Setup) throws -> (pid: pid_t, descriptor: CInt) {
        try cloneProcess(
            setup.namespaces, controlGroup: setup.group.descriptor,
            intoProcessesOf: setup.owners.processes?.descriptor
        ) {
            let reporter = Reporter(pipe: setup.report)
            for warning in setup.warnings { reporter.warn(warning) }
            ContainerSetup(
                specification: setup.container, scratch: scratch, network: setup.network,
                hasOwnNetwork: setup.owners.network == nil, groupView: setup.group.view, filter: setup.filter,
                descriptorLimit: descriptorLimit, reporter: reporter,
                goAhead: setup.goAhead, streams: setup.streams, identities: identities,
                ipcOwner: setup.owners.ipc?.descriptor
            ).run()
        }
    }

    /// As ``clone(_:)``, by the process that is in the host's network; where this one may go there itself, it does.
    private func cloneInHostNetwork(_ setup: Setup) throws -> (pid: pid_t, descriptor: CInt) {
        guard let hostProcess else { return try clone(setup) }
        let owners = setup.owners
        let job = HostNetworkJob(
            task: .container(
                setup.container, warnings: setup.warnings, memory: scratch.memory, bulk: scratch.bulk,
                groupView: setup.group.view, filter: setup.filter?.bytes, joinsIPC: owners.ipc != nil),
            namespaces: setup.namespaces.rawValue, entersProcesses: owners.processes != nil,
            hasControlGroup: setup.group.descriptor != nil)
        let first = [owners.processes?.descriptor, setup.group.descriptor].compactMap { $0 }
        let last = [setup.report, setup.goAhead, owners.ipc?.descriptor].compactMap { $0 }
        return try hostProcess.clone(job, first + setup.streams.all + last)
    }

    /// Takes away what a container that has ended leaves: its interfaces, what it has written, its control groups, and
    /// those of the sandbox's volumes that are named.
    ///
    /// A child removes the files, under a name that nothing looks for: a large tree takes its time.
    func remove(container: String, volumes: [String]) throws {
        try network.disconnect(container)
        try groups.removeGroup(of: container)
        let paths = [scratch.container(container)] + volumes.map(scratch.volume)
        let discarded = try paths.compactMap { path throws(SystemCallError) in try scratch.discard(path) }
        guard !discarded.isEmpty else { return }
        let pid = try forkProcess()
        if pid == 0 {
            do {
                for path in discarded { try removeTree(path) }
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
        let hostname = container.container?.hostname ?? ""
        let launcherNumber: pid_t = container.container?.isolation.processes == .sandbox ? 1 : 0
        let (output, word) = (report.writer.rawValue, goAhead.reader.rawValue)
        let (pid, descriptor): (pid_t, CInt)
        if container.isInHostNetwork, let hostProcess {
            let group = container.group?.descriptor ?? nil
            let job = HostNetworkJob(
                task: .joining(
                    process, hostname: hostname, launcherNumber: launcherNumber, filter: filter?.bytes),
                entersProcesses: true, hasControlGroup: group != nil)
            (pid, descriptor) = try hostProcess.clone(
                job,
                [container.descriptor, group, container.descriptor].compactMap { $0 } + streams.all + [output, word])
        } else {
            (pid, descriptor) = try cloneProcess(
                [], controlGroup: container.group?.descriptor ?? nil, intoProcessesOf: container.descriptor
            ) {
                JoiningProcess(
                    container: container.descriptor, hostname: hostname, launcherNumber: launcherNumber,
                    process: process, filter: filter, reporter: Reporter(pipe: output), streams: streams,
                    goAhead: word, descriptorLimit: descriptorLimit, identities: identities
                ).run()
            }
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
                in: scratch, streams: streams, descriptorLimit: descriptorLimit, identities: identities,
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
    var network: NetworkOwner?
}

/// Another's network namespace.
struct NetworkOwner {
    /// A descriptor of it, or the pidfd of a process that is in it.
    var descriptor: CInt
    /// It is that of whoever has started the harness.
    var isHost: Bool
}
