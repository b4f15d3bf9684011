import Addresses
import CLinux
import Glibc
import LinuxKernel
import Netlink

/// The environment's networks: bridges in the sandbox's own network namespace, to which containers have pairs of
/// interfaces. The host's interfaces, routes and firewall rules have no part in it.
final class SandboxNetwork {
    /// Indices are chosen here, so that one message may refer to what another has made. The loopback interface is 1.
    private static let firstBridge: Int32 = 2
    /// Above those that the kernel gives to what others make in the namespace.
    private static let firstPort: Int32 = 1024

    private var session: Session
    private let networks: [BridgeSpecification]
    private var lastIndex = SandboxNetwork.firstPort
    /// The ports that a container's interfaces lead to, by its name.
    private var ports: [String: [Int32]] = [:]
    private let namespaces: NetworkNamespaces
    /// `nil` where nothing leads out: then ``EgressLink/interface``, which is there already, is taken away.
    private(set) var egress: Egress?

    /// - Parameter hostProcess: What is in the host's network; `nil` where the caller may go there itself.
    init(
        _ networks: [BridgeSpecification], in namespaces: NetworkNamespaces, through hostProcess: HostNetworkProcess?,
        egress options: EgressOptions
    ) throws {
        session = try Session()
        self.namespaces = namespaces
        self.networks = networks
        if networks.contains(where: { $0.gateway6 != nil }) { try InterfaceDefaults.setIPv6(true) }
        var requests: [Netlink.Request] = [.change(.index(1), .up)]
        for (number, network) in networks.enumerated() { requests += try Self.bridge(network, number: number) }
        if networks.contains(where: { !$0.isInternal }) {
            requests += EgressLink.requests(networks: try networks.enumerated().map { (try Self.bridgeName($0), $1) })
            try session.run(requests)
            try EgressLink.enable()
            egress = try Egress(
                link: EgressLink.index, subnets: networks.map(\.subnet), namespaces: namespaces, through: hostProcess,
                options: options)
        } else {
            // The namespace has the host's setting: where that is on, one network would lead to another.
            if networks.count > 1 { try Self.forbidForwarding() }
            requests.append(.delete(.index(EgressLink.index)))
            try session.run(requests)
        }
    }

    private static func bridgeName(_ number: Int) throws(SetupFailure) -> InterfaceName {
        guard let name = InterfaceName("harness\(number)") else {
            throw SetupFailure(.systemCall, call: "rtnetlink", subject: "harness\(number)", errno: EINVAL)
        }
        return name
    }

    private static func bridge(_ network: BridgeSpecification, number: Int) throws(SetupFailure) -> [Netlink.Request] {
        let index = firstBridge + Int32(number)
        let name = try bridgeName(number)
        var requests: [Netlink.Request] = [
            .createBridge(Bridge(name: name, index: index, mtu: network.mtu)),
            .addAddress(InterfaceAddress(interface: index, address: network.gateway, in: network.subnet)),
        ]
        if let gateway = network.gateway6 {
            requests.append(
                .addAddress6(
                    InterfaceAddress6(
                        interface: index, address: gateway, prefixLength: Int(network.prefixLength6))))
        }
        return requests
    }

    private static func forbidForwarding() throws {
        let file = try OwnedDescriptor.open("/proc/sys/net/ipv4/ip_forward", O_WRONLY)
        try writeAll("0".utf8, to: file.rawValue)
    }

    /// Gives a container's network namespace its interfaces, whose other ends are ports of the bridges.
    ///
    /// - Parameters:
    ///   - namespace: A descriptor of it.
    ///   - container: Its name; what an earlier one of that name had is taken away first.
    func connect(_ namespace: CInt, _ interfaces: [InterfaceSpecification], of container: String) throws {
        try disconnect(container)
        var requests: [Netlink.Request] = []
        for (number, interface) in interfaces.enumerated() {
            lastIndex += 1
            guard let name = InterfaceName("c\(lastIndex)"), let peer = InterfaceName(interface.name),
                networks.indices.contains(Int(interface.network))
            else { throw SetupFailure(.systemCall, call: "rtnetlink", subject: interface.name, errno: EINVAL) }
            let bridge = Self.firstBridge + Int32(interface.network)
            ports[container, default: []].append(lastIndex)
            requests.append(
                .createVeth(
                    VethPair(
                        end: VethEnd(name: name, index: lastIndex), bridge: bridge,
                        peer: VethEnd(
                            name: peer, index: ContainerNetwork.firstInterface + Int32(number),
                            // The same for whoever has the IP address next: neighbours remember it.
                            address: interface.hardwareAddress ?? HardwareAddress(for: interface.address)),
                        peerNamespace: .descriptor(namespace), mtu: interface.mtu)))
        }
        if interfaces.contains(where: { $0.address6 != nil }) {
            try namespaces.inside(namespace) { try InterfaceDefaults.setIPv6(true) }
        }
        if !requests.isEmpty { try session.run(requests) }
    }

    /// Takes away the ports of a container that has ended; another one may have its addresses next.
    ///
    /// Its namespace may live on for a while, held by the sockets of its name server or by the kernel, and would answer
    /// for the address that the next one has as well.
    func disconnect(_ container: String) throws(NetlinkError) {
        for port in ports.removeValue(forKey: container) ?? [] {
            do throws(NetlinkError) {
                try session.run(.delete(.index(port)))
            } catch {
                // The kernel was faster.
                guard error.errno == ENODEV else { throw error }
            }
        }
    }

    /// Makes the sockets of a name server in a network namespace; `nil`: the sandbox's own.
    ///
    /// The calling process is in that namespace for as long as it takes.
    func makeNameServerSockets(in namespace: CInt?) throws -> [CInt] {
        guard let namespace else { return try NameServerSockets.make() }
        return try namespaces.inside(namespace) { try NameServerSockets.make() }
    }
}

/// The container's side of it.
enum ContainerNetwork {
    /// The index of the first interface in the container; the loopback interface is 1.
    static let firstInterface: Int32 = 2

    /// Runs in the container's network namespace once its interfaces are there.
    static func configure(_ network: NetworkSpecification) throws {
        var session = try Session()
        var requests: [Netlink.Request] = [.change(.index(1), .up)]
        for (number, interface) in network.interfaces.enumerated() {
            let index = firstInterface + Int32(number)
            let subnet = IPv4Network(containing: interface.address, prefixLength: Int(interface.prefixLength))
            requests.append(.addAddress(InterfaceAddress(interface: index, address: interface.address, in: subnet)))
            if let address = interface.address6 {
                requests.append(
                    .addAddress6(
                        InterfaceAddress6(
                            interface: index, address: address, prefixLength: Int(interface.prefixLength6))))
            }
            requests.append(.change(.index(index), .up))
            if let gateway = interface.gateway { requests.append(.addRoute(.default(via: gateway, interface: index))) }
            if let gateway = interface.gateway6 {
                requests.append(.addDefaultRoute6(gateway: gateway, interface: index))
            }
        }
        try session.run(requests)
    }
}
