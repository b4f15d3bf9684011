import Addresses
import Glibc
import LinuxKernel
import Netlink

/// The environment's network: a bridge in the sandbox's own network namespace, to which every container has a pair of
/// interfaces. The host's interfaces, routes and firewall rules have no part in it.
final class SandboxNetwork {
    private static let bridgeName: InterfaceName = "harness0"
    /// Indices are chosen here, so that one message may refer to what another has made. The loopback interface is 1.
    private static let bridgeIndex: Int32 = 2

    private var session: Session
    private var lastIndex = SandboxNetwork.bridgeIndex

    init(gateway: IPv4Address, prefixLength: Int) throws {
        session = try Session()
        let network = IPv4Network(containing: gateway, prefixLength: prefixLength)
        try session.run([
            .change(.index(1), .up),
            .createBridge(Bridge(name: Self.bridgeName, index: Self.bridgeIndex)),
            .addAddress(InterfaceAddress(interface: Self.bridgeIndex, address: gateway, in: network)),
        ])
    }

    /// Gives a container's network namespace an interface whose other end is a port of the bridge.
    ///
    /// - Parameter namespace: A descriptor of it.
    func connect(_ namespace: CInt) throws {
        lastIndex += 1
        guard let name = InterfaceName("c\(lastIndex)") else { preconditionFailure("an index has ten digits at most") }
        try session.run(
            .createVeth(
                VethPair(
                    end: VethEnd(name: name, index: lastIndex), bridge: Self.bridgeIndex,
                    peer: VethEnd(name: ContainerNetwork.interfaceName, index: ContainerNetwork.interfaceIndex),
                    peerNamespace: .descriptor(namespace))))
    }
}

/// The container's side of it.
enum ContainerNetwork {
    static let interfaceName: InterfaceName = "eth0"
    static let interfaceIndex: Int32 = 2

    /// Runs in the container's network namespace once its interface is there.
    static func configure(_ network: NetworkSpecification) throws {
        var session = try Session()
        let subnet = IPv4Network(containing: network.address, prefixLength: network.prefixLength)
        try session.run([
            .change(.index(1), .up),
            .addAddress(InterfaceAddress(interface: interfaceIndex, address: network.address, in: subnet)),
            .change(.index(interfaceIndex), .up),
            .addRoute(.default(via: network.gateway, interface: interfaceIndex)),
        ])
    }
}
