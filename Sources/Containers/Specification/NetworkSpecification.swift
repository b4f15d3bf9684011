import Addresses

/// How a container is connected.
public struct NetworkSpecification: Hashable, Sendable {
    /// Whose network namespace it has.
    public enum Mode: Hashable, Sendable {
        /// Its own.
        case own
        /// That of whoever has started the harness.
        case host
        /// That of a running container.
        case container(String)
    }

    /// Whose network namespace it has.
    public var mode: Mode
    /// In their order; empty unless the mode is `own`.
    public var interfaces: [InterfaceSpecification]
    /// The NIS domain name, which is what `domainname(1)` shows; empty: none.
    public var domainName: String
    /// Whether sockets at ``NameServer/address`` are made in the namespace and come back with the answer.
    public var hasNameServer: Bool

    /// Takes each property; see there.
    public init(
        mode: Mode = .own, interfaces: [InterfaceSpecification] = [], domainName: String = "",
        hasNameServer: Bool = false
    ) {
        self.mode = mode
        self.interfaces = interfaces
        self.domainName = domainName
        self.hasNameServer = hasNameServer
    }
}

/// A container's interface on one of the sandbox's networks.
public struct InterfaceSpecification: Hashable, Sendable {
    /// The network's place in ``SandboxConfiguration/networks``.
    public var network: UInt8
    /// At most 15 bytes.
    public var name: String
    /// The interface's address.
    public var address: IPv4Address
    /// Bits of the network's prefix, 0...32.
    public var prefixLength: UInt8
    /// The interface's second address, in IPv6.
    public var address6: IPv6Address?
    /// Bits of the prefix of ``address6``, 0...128.
    public var prefixLength6: UInt8
    /// Where everything outside of the networks is sent; `nil`: not through this interface.
    public var gateway: IPv4Address?
    /// As ``gateway``, for IPv6.
    public var gateway6: IPv6Address?
    /// `nil`: the kernel's choice.
    public var hardwareAddress: HardwareAddress?
    /// Bytes of the largest packet; `nil`: 1500.
    public var mtu: UInt32?

    /// Takes each property; see there.
    public init(
        network: UInt8 = 0, name: String = "eth0", address: IPv4Address, prefixLength: UInt8,
        address6: IPv6Address? = nil, prefixLength6: UInt8 = 64, gateway: IPv4Address? = nil,
        gateway6: IPv6Address? = nil, hardwareAddress: HardwareAddress? = nil, mtu: UInt32? = nil
    ) {
        self.network = network
        self.name = name
        self.address = address
        self.prefixLength = prefixLength
        self.address6 = address6
        self.prefixLength6 = prefixLength6
        self.gateway = gateway
        self.gateway6 = gateway6
        self.hardwareAddress = hardwareAddress
        self.mtu = mtu
    }
}

/// One network of the sandbox: a bridge, with an address in it.
public struct BridgeSpecification: Hashable, Sendable {
    /// The bridge's address.
    public var gateway: IPv4Address
    /// Bits of the network's prefix, 0...32.
    public var prefixLength: UInt8
    /// The bridge's second address, in IPv6.
    public var gateway6: IPv6Address?
    /// Bits of the prefix of ``gateway6``, 0...128.
    public var prefixLength6: UInt8
    /// Nothing leads out of it.
    public var isInternal: Bool
    /// Bytes of the largest packet; `nil`: 1500.
    public var mtu: UInt32?

    /// Takes each property; see there.
    public init(
        gateway: IPv4Address, prefixLength: UInt8, gateway6: IPv6Address? = nil, prefixLength6: UInt8 = 64,
        isInternal: Bool = false, mtu: UInt32? = nil
    ) {
        self.gateway = gateway
        self.prefixLength = prefixLength
        self.gateway6 = gateway6
        self.prefixLength6 = prefixLength6
        self.isInternal = isInternal
        self.mtu = mtu
    }

    /// Every address of the network.
    public var subnet: IPv4Network { IPv4Network(containing: gateway, prefixLength: Int(prefixLength)) }
}
