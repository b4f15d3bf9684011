import Addresses
import CLinux
import Glibc
import LinuxKernel
import Netlink

/// The launcher's view of the way out: asleep until somebody wants out, then on its way, then there.
final class Egress {
    /// Until somebody wants out.
    private var wanted: Notifications?
    /// While it is on its way: readable when ``EgressProcess`` has something to tell.
    private var report: OwnedDescriptor?
    private let link: Int32
    private let subnets: [IPv4Network]
    private let namespaces: NetworkNamespaces
    private let hostProcess: HostNetworkProcess?
    private let options: EgressOptions

    /// - Parameters:
    ///   - link: The index of ``EgressLink/interface``.
    ///   - hostProcess: What is in the host's network; `nil` where the caller may go there itself.
    init(
        link: Int32, subnets: [IPv4Network], namespaces: NetworkNamespaces, through hostProcess: HostNetworkProcess?,
        options: EgressOptions
    ) throws {
        self.link = link
        self.subnets = subnets
        self.namespaces = namespaces
        self.hostProcess = hostProcess
        self.options = options
        wanted = try Notifications(.wantedNeighbours)
    }

    /// Readable when ``advance()`` has something to do; `nil`: nothing more will happen.
    var descriptor: CInt? {
        switch wanted {
        case .some(let notifications): return notifications.descriptor
        case .none: break
        }
        switch report {
        case .some(let report): return report.rawValue
        case .none: return nil
        }
    }

    /// Takes the next step; what a person should know, where it failed.
    func advance() -> String? {
        do {
            if try isWanted() {
                wanted = nil
                report = try start()
                return nil
            }
            guard let told = try takeReport() else { return nil }
            report = nil
            if told.first == EgressProcess.ready {
                try openWay()
                return nil
            }
            let reason = String(decoding: told, as: UTF8.self)
            return try giveUp(reason.isEmpty ? "the process that leads there has ended" : reason)
        } catch {
            wanted = nil
            report = nil
            return "containers can't reach the outside: \(error)"
        }
    }

    private func isWanted() throws -> Bool {
        switch wanted {
        case .some(let notifications): try notifications.wants(EgressLink.neighbour)
        case .none: false
        }
    }

    private func takeReport() throws -> [UInt8]? {
        switch report {
        case .some(let report): try readAll(report.rawValue, limit: 4096)
        case .none: nil
        }
    }

    /// Lets go the packet that has been waiting, and all that follow.
    private func openWay() throws {
        var session = try Session()
        try session.run(
            .setNeighbour(
                Neighbour(
                    interface: link, address: EgressLink.neighbour, hardwareAddress: EgressLink.neighbourHardware)))
    }

    /// Takes the way out away: whoever tries is told at once that there is none.
    private func giveUp(_ reason: String) throws -> String {
        var session = try Session()
        try session.run(.delete(.index(link)))
        return "containers can't reach the outside: \(reason)"
    }

    private func start() throws -> OwnedDescriptor {
        let report = try OwnedDescriptor.pipe()
        let output = report.writer.rawValue
        if let hostProcess {
            let job = HostNetworkJob(task: .egress(link: link, subnets: subnets, options))
            close(try hostProcess.clone(job, [namespaces.sandbox, output]).descriptor)
            return report.takeReader()
        }
        let child = try cloneProcess()
        if child.isChild {
            EgressProcess(
                link: link, otherNetwork: .host(namespaces.host), subnets: subnets, options: options, report: output
            ).run()
        }
        close(child.taken().descriptor)
        return report.takeReader()
    }
}

/// What the way out has to know of the sandbox besides its network.
struct EgressOptions: Hashable {
    /// Who reaches the host's loopback interface.
    var hostAccess: HostAccess
    /// Where /proc of the sandbox's PID namespace is.
    var processes: String
}

extension EgressOptions: WireCodable {
    func encode(to writer: inout WireWriter) {
        writer.write(hostAccess)
        writer.write(processes)
    }

    init(from reader: inout WireReader) throws(WireError) {
        self.init(hostAccess: try reader.read(), processes: try reader.read())
    }
}
