import Addresses

/// A rule of which table of routes is looked at for packets that come in through an interface (ip-rule(8)).
public struct RoutingRule: Hashable, Sendable {
    /// What the rule does.
    public enum Action: Hashable, Sendable {
        case lookUp(table: UInt8)
        /// The sender is told that there is no way.
        case refuse
    }

    /// Packets that come in through this interface.
    public var incoming: InterfaceName
    /// Lower ones are looked at first; the kernel's own are 0, 32766 and 32767.
    public var priority: UInt32
    /// What the rule does.
    public var action: Action

    /// Takes the values as they are.
    public init(incoming: InterfaceName, priority: UInt32, action: Action) {
        self.incoming = incoming
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
