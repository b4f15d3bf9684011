import Addresses
import ControlGroups
import Glibc
import LinuxKernel

/// A process to be cloned in the host's network namespace.
struct HostNetworkJob: Hashable {
    /// What it does.
    enum Task: Hashable {
        /// Becomes a container. Descriptors: its standard streams, where it reports, the launcher's word, and, where
        /// `joinsIPC`, a pidfd of the container whose IPC namespace it is to be in.
        case container(
            ContainerSpecification, warnings: [String], memory: String, bulk: String, groupView: ControlGroupView?,
            filter: [UInt8]?, joinsIPC: Bool)
        /// Joins a container in the host's network. Descriptors: the container's pidfd, its standard streams, where it
        /// reports, the launcher's word.
        case joining(ProcessSpecification, hostname: String, launcherNumber: Int32, filter: [UInt8]?)
        /// Is the way out. Descriptors: the sandbox's network namespace, where it reports.
        case egress(link: Int32, subnets: [IPv4Network], EgressOptions)
    }

    var task: Task
    /// Bits of ``Namespaces``.
    var namespaces: Int32 = 0
    /// The first descriptor is a pidfd of a process whose PID namespace it is to be in.
    var entersProcesses = false
    /// The next descriptor is a control group of version 2.
    var hasControlGroup = false
}

/// The answer to a ``HostNetworkJob``.
enum HostNetworkReply: Hashable {
    /// Descriptor: its pidfd.
    case cloned(pid_t)
    case failed(SetupFailure)
}

extension HostNetworkJob.Task {
    /// Runs in the cloned process.
    func run(_ descriptors: [CInt], _ identities: IdentityMap, _ descriptorLimit: DescriptorLimit) -> Never {
        do {
            switch self {
            case .container(let container, let warnings, let memory, let bulk, let view, let filter, let joinsIPC):
                guard descriptors.count == (joinsIPC ? 6 : 5) else { _exit(127) }
                let reporter = Reporter(pipe: descriptors[3])
                for warning in warnings { reporter.warn(warning) }
                ContainerSetup(
                    specification: container, scratch: ScratchSpace(memory: memory, bulk: bulk), network: nil,
                    hasOwnNetwork: false, groupView: view, filter: filter.flatMap { SeccompProgram(bytes: $0) },
                    descriptorLimit: descriptorLimit, reporter: reporter, goAhead: descriptors[4],
                    streams: try Streams(Array(descriptors[0..<3])), identities: identities,
                    ipcOwner: joinsIPC ? descriptors[5] : nil
                ).run()
            case .joining(let process, let hostname, let launcherNumber, let filter):
                guard descriptors.count == 6 else { _exit(127) }
                JoiningProcess(
                    container: descriptors[0], hostname: hostname, launcherNumber: launcherNumber, process: process,
                    filter: filter.flatMap { SeccompProgram(bytes: $0) }, reporter: Reporter(pipe: descriptors[4]),
                    streams: try Streams(Array(descriptors[1..<4])), goAhead: descriptors[5],
                    descriptorLimit: descriptorLimit, identities: identities, isInHostNetwork: true
                ).run()
            case .egress(let link, let subnets, let options):
                guard descriptors.count == 2 else { _exit(127) }
                EgressProcess(
                    link: link, otherNetwork: .sandbox(descriptors[0]), subnets: subnets, options: options,
                    report: descriptors[1]
                ).run()
            }
        } catch {
            _exit(127)
        }
    }
}

extension HostNetworkJob: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(namespaces)
        writer.write(entersProcesses)
        writer.write(hasControlGroup)
        switch task {
        case .container(let container, let warnings, let memory, let bulk, let view, let filter, let joinsIPC):
            writer.write(0 as UInt8)
            writer.write(container)
            writer.write(warnings)
            writer.write(memory)
            writer.write(bulk)
            writer.write(view)
            writer.write(filter)
            writer.write(joinsIPC)
        case .joining(let process, let hostname, let launcherNumber, let filter):
            writer.write(1 as UInt8)
            writer.write(process)
            writer.write(hostname)
            writer.write(launcherNumber)
            writer.write(filter)
        case .egress(let link, let subnets, let options):
            writer.write(2 as UInt8)
            writer.write(link)
            writer.write(subnets.map { Int64($0.base.rawValue) << 8 | Int64($0.prefixLength) })
            writer.write(options)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        let namespaces: Int32 = try reader.read()
        let (entersProcesses, hasControlGroup) = (try reader.read(Bool.self), try reader.read(Bool.self))
        switch try reader.read(UInt8.self) {
        case 0:
            task = .container(
                try reader.read(), warnings: try reader.read(), memory: try reader.read(), bulk: try reader.read(),
                groupView: try reader.read(), filter: try reader.read(), joinsIPC: try reader.read())
        case 1:
            task = .joining(
                try reader.read(), hostname: try reader.read(), launcherNumber: try reader.read(),
                filter: try reader.read())
        case 2:
            task = .egress(
                link: try reader.read(),
                subnets: try reader.read([Int64].self).map {
                    IPv4Network(
                        containing: IPv4Address(rawValue: UInt32(truncatingIfNeeded: $0 >> 8)),
                        prefixLength: min(Int($0 & 0x3F), 32))
                }, try reader.read())
        default: throw WireError()
        }
        self.namespaces = namespaces
        self.entersProcesses = entersProcesses
        self.hasControlGroup = hasControlGroup
    }
}

extension HostNetworkReply: WireCodable {
    func encode(to writer: inout WireWriter) {
        switch self {
        case .cloned(let pid):
            writer.write(0 as UInt8)
            writer.write(pid)
        case .failed(let failure):
            writer.write(1 as UInt8)
            writer.write(failure)
        }
    }

    init(from reader: inout WireReader) throws(WireError) {
        switch try reader.read(UInt8.self) {
        case 0: self = .cloned(try reader.read())
        case 1: self = .failed(try reader.read())
        default: throw WireError()
        }
    }
}
