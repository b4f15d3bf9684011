import Addresses
import Glibc
import LinuxKernel
import Netlink

/// The way out of the sandbox, as long as nobody has taken it: a route to a neighbour that is not there yet.
///
/// The first packet that wants out makes the kernel look for that neighbour. It keeps the packet and tells the
/// launcher (`app_solicit`), which starts ``EgressProcess`` and gives the neighbour a hardware address; the packet goes
/// on then, and no packet is lost. Until then all of this costs an interface and two settings.
enum EgressLink {
    static let interface: InterfaceName = "egress0"
    /// Above those of the bridges, of which there are 255 at most.
    static let index: Int32 = 1000
    /// The sandbox's address on the link, and that of the namespace behind it. Of the block for links (RFC 3927).
    static let address = IPv4Address(169, 254, 213, 5)
    static let neighbour = IPv4Address(169, 254, 213, 6)
    /// What pasta has towards that namespace; connections to the host's address reach its loopback interface.
    static let outerAddress = IPv4Address(169, 254, 213, 2)
    static let host = IPv4Address(169, 254, 213, 1)
    static let prefixLength = 30
    static let neighbourHardware = HardwareAddress(for: neighbour)
    /// The routes of what containers send on.
    private static let table: UInt8 = 100

    /// Makes the interface, which takes a third of a millisecond. It leads nowhere yet.
    ///
    /// With an address of its own, since a bridge otherwise takes that of its first port and forgets who it waits for.
    static var creation: Netlink.Request {
        .createBridge(Bridge(name: interface, index: index, address: HardwareAddress(for: address)))
    }

    /// Makes it the way out of the sandbox's network namespace.
    ///
    /// - Parameter networks: Each with its bridge's name.
    static func requests(
        networks: [(name: InterfaceName, specification: BridgeSpecification)]
    ) -> [Netlink.Request] {
        var requests: [Netlink.Request] = [
            .setNeighbourNotices(interface: index, count: 1),
            .addAddress(InterfaceAddress(interface: index, address: address, prefixLength: prefixLength)),
            .addRoute(.default(via: neighbour, interface: index)),
        ]
        guard networks.count > 1 || networks.contains(where: \.specification.isInternal) else { return requests }
        // One network must not lead to another: what containers send on has routes of its own.
        var way = Route.default(via: neighbour, interface: index)
        way.table = table
        requests.append(.addRoute(way))
        for (number, network) in networks.enumerated() {
            let specification = network.specification
            var closed = Route(
                destination: IPv4Network(
                    containing: specification.gateway, prefixLength: Int(specification.prefixLength)))
            closed.table = table
            closed.isUnreachable = true
            requests.append(.addRoute(closed))
            requests.append(
                .addRule(
                    RoutingRule(
                        incoming: network.name, priority: 100 + UInt32(number),
                        action: specification.isInternal ? .refuse : .lookUp(table: table))))
        }
        return requests
    }

    /// Has the kernel forward packets. In the sandbox's network namespace.
    static func enable() throws {
        let file = try OwnedDescriptor.open("/proc/sys/net/ipv4/ip_forward", O_WRONLY)
        try writeAll("1".utf8, to: file.rawValue)
    }
}
