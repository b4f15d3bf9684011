import Addresses
import CLinux
import Glibc

/// A change to the network configuration of the session's network namespace: a value that ``Session`` carries out.
public enum Request: Hashable, Sendable {
    /// Creates a bridge, up or down.
    case createBridge(Bridge)
    /// Creates two connected interfaces.
    case createVeth(VethPair)
    /// Changes an interface.
    case change(LinkReference, LinkChange)
    /// Removes an interface; the other end of a veth pair goes with it.
    case delete(LinkReference)
    /// Gives an interface an address.
    case addAddress(InterfaceAddress)
    /// Adds a route.
    case addRoute(Route)
    /// Adds a rule of which routes are looked at.
    case addRule(RoutingRule)
    /// Sets a neighbour's hardware address for good.
    case setNeighbour(Neighbour)
    /// Sets how often programs are told of an IPv4 neighbour that is wanted on an interface (`app_solicit` of arp(7)),
    /// which in a user namespace has no file in /proc/sys.
    case setNeighbourNotices(interface: Int32, count: UInt32)
    /// Gives an interface an IPv6 address, which is in use at once: without a look for others that have it.
    case addAddress6(InterfaceAddress6)
    /// Adds the IPv6 default route.
    case addDefaultRoute6(gateway: IPv6Address, interface: Int32)
}

/// How a request names an interface.
public enum LinkReference: Hashable, Sendable {
    case index(Int32)
    case name(InterfaceName)
}

/// A bridge to be created, without spanning tree.
public struct Bridge: Hashable, Sendable {
    /// Its name.
    public var name: InterfaceName
    /// The index that it shall have, at least 2; `nil`: the kernel chooses.
    ///
    /// A chosen one lets later requests of the same batch refer to the interface.
    public var index: Int32?
    /// `nil`: the kernel invents one.
    public var address: HardwareAddress?
    /// Bytes; `nil`: 1500.
    public var mtu: UInt32?
    /// Administratively up.
    public var isUp: Bool

    /// Takes the values as they are.
    public init(
        name: InterfaceName, index: Int32? = nil, address: HardwareAddress? = nil, mtu: UInt32? = nil,
        isUp: Bool = true
    ) {
        self.name = name
        self.index = index
        self.address = address
        self.mtu = mtu
        self.isUp = isUp
    }
}

/// Two interfaces to be created, each the other's far end.
///
/// The kernel heeds ``VethEnd/index`` of the peer only where the first end has one, too, and creates the peer always
/// down (with `IFF_UP` it answers `ENOTCONN`): ``LinkChange/up`` goes with the peer's addresses, in its namespace.
public struct VethPair: Hashable, Sendable {
    /// The end in the session's network namespace.
    public var end: VethEnd
    /// The index of the bridge that ``end`` is made a port of.
    public var bridge: Int32?
    /// Whether ``end`` is up.
    public var isUp: Bool
    /// The other end, which is down.
    public var peer: VethEnd
    /// Where the other end shall be; `nil`: in the session's network namespace.
    public var peerNamespace: NamespaceReference?
    /// Bytes, of both ends; `nil`: 1500.
    public var mtu: UInt32?

    /// Takes the values as they are.
    public init(
        end: VethEnd, bridge: Int32? = nil, isUp: Bool = true, peer: VethEnd,
        peerNamespace: NamespaceReference? = nil, mtu: UInt32? = nil
    ) {
        self.end = end
        self.bridge = bridge
        self.isUp = isUp
        self.peer = peer
        self.peerNamespace = peerNamespace
        self.mtu = mtu
    }
}

/// One end of a veth pair.
public struct VethEnd: Hashable, Sendable {
    /// Its name.
    public var name: InterfaceName
    /// The index that it shall have, at least 2; `nil`: the kernel chooses.
    public var index: Int32?
    /// `nil`: the kernel invents one.
    public var address: HardwareAddress?

    /// Takes the values as they are.
    public init(name: InterfaceName, index: Int32? = nil, address: HardwareAddress? = nil) {
        self.name = name
        self.index = index
        self.address = address
    }
}

/// How a request names a network namespace.
public enum NamespaceReference: Hashable, Sendable {
    /// The one that a process is in; its number in the caller's PID namespace.
    case process(pid_t)
    /// An open `/proc/PID/ns/net`.
    case descriptor(CInt)
}

/// What is to be changed; `nil`: left as it is.
public struct LinkChange: Hashable, Sendable {
    /// Administratively up.
    public var isUp: Bool?
    /// Bytes.
    public var mtu: UInt32?
    /// The index of the bridge to be made a port of; 0: of none.
    public var bridge: Int32?

    /// Takes the values as they are.
    public init(isUp: Bool? = nil, mtu: UInt32? = nil, bridge: Int32? = nil) {
        self.isUp = isUp
        self.mtu = mtu
        self.bridge = bridge
    }

    /// Administratively up.
    public static let up = Self(isUp: true)
    /// Administratively down.
    public static let down = Self(isUp: false)
}

/// An address of an interface.
public struct InterfaceAddress: Hashable, Sendable {
    /// The interface's index.
    public var interface: Int32
    /// Its address.
    public var address: IPv4Address
    /// 0...32: what is reached through the interface without a gateway.
    public var prefixLength: Int
    /// `nil`: none.
    public var broadcast: IPv4Address?

    /// Takes the values as they are.
    public init(interface: Int32, address: IPv4Address, prefixLength: Int, broadcast: IPv4Address? = nil) {
        self.interface = interface
        self.address = address
        self.prefixLength = prefixLength
        self.broadcast = broadcast
    }

    /// An address in a network, with the network's prefix length and broadcast address.
    public init(interface: Int32, address: IPv4Address, in network: IPv4Network) {
        self.init(
            interface: interface, address: address, prefixLength: network.prefixLength,
            broadcast: network.prefixLength < 31 ? network.broadcast : nil)
    }
}

/// An IPv6 address of an interface.
public struct InterfaceAddress6: Hashable, Sendable {
    /// The interface's index.
    public var interface: Int32
    /// Its address.
    public var address: IPv6Address
    /// 0...128: what is reached through the interface without a gateway.
    public var prefixLength: Int

    /// Takes the values as they are.
    public init(interface: Int32, address: IPv6Address, prefixLength: Int) {
        self.interface = interface
        self.address = address
        self.prefixLength = prefixLength
    }
}

/// A route, in the main table unless told.
public struct Route: Hashable, Sendable {
    /// `nil`: everything that no other route matches.
    public var destination: IPv4Network?
    /// `nil`: the destination is on the link.
    public var gateway: IPv4Address?
    /// The index of the interface to send through; `nil`: the one through which the gateway is reached.
    public var interface: Int32?
    /// The table that has it; 254 is the main one.
    public var table = UInt8(RT_TABLE_MAIN.rawValue)
    /// Whoever sends there is told that there is no way.
    public var isUnreachable = false

    /// Takes the values as they are.
    public init(destination: IPv4Network? = nil, gateway: IPv4Address? = nil, interface: Int32? = nil) {
        self.destination = destination
        self.gateway = gateway
        self.interface = interface
    }

    /// The default route.
    public static func `default`(via gateway: IPv4Address, interface: Int32? = nil) -> Self {
        Self(gateway: gateway, interface: interface)
    }
}
