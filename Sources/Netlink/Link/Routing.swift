import Addresses

/// A rule of which table of routes is looked at for some packets (ip-rule(8)).
public struct RoutingRule: Hashable, Sendable {
    /// What the rule does.
    public enum Action: Hashable, Sendable {
        case lookUp(table: UInt8)
        /// The sender is told that there is no way.
        case refuse
    }

    /// Packets that come in through this interface; `nil`: through any, and those that are made here.
    public var incoming: InterfaceName?
    /// Packets that this address has sent; `nil`: any.
    public var source: IPv4Address?
    /// Packets for this address; `nil`: any.
    public var destination: IPv4Address?
    /// Lower ones are looked at first; the kernel's own are 0, 32766 and 32767.
    public var priority: UInt32
    /// What the rule does.
    public var action: Action

    /// Takes the values as they are.
    public init(
        incoming: InterfaceName? = nil, source: IPv4Address? = nil, destination: IPv4Address? = nil, priority: UInt32,
        action: Action
    ) {
        self.incoming = incoming
        self.source = source
        self.destination = destination
        self.priority = priority
        self.action = action
    }
}

/// A hardware address that is known without having been asked for.
public struct Neighbour: Hashable, Sendable {
    /// The interface's index.
    public var interface: Int32
    /// Whose hardware address it is.
    public var address: IPv4Address
    /// The hardware address.
    public var hardwareAddress: HardwareAddress

    /// Takes the values as they are.
    public init(interface: Int32, address: IPv4Address, hardwareAddress: HardwareAddress) {
        self.interface = interface
        self.address = address
        self.hardwareAddress = hardwareAddress
    }
}
