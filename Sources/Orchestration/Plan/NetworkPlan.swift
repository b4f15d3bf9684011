import Addresses

/// One network of the environment: a bridge of its own in the sandbox.
public struct NetworkPlan: Hashable, Sendable {
    /// The key in the file; unique in the plan.
    public var key: String
    /// The name for people.
    public var name: String
    /// Every container on the network has an address in here.
    public var subnet: IPv4Network
    /// The bridge's address: where the test command and the forwarders are.
    public var gateway: IPv4Address
    /// `nil`: no IPv6.
    public var subnet6: IPv6Network?
    /// The bridge's address in ``subnet6``.
    public var gateway6: IPv6Address?
    /// Nothing leads out of it.
    public var isInternal: Bool
    /// Bytes of the largest packet; `nil`: 1500.
    public var mtu: UInt32?

    /// A network with its bridge's address; the environment's default one unless told.
    public init(
        key: String = "default", name: String = "default", subnet: IPv4Network, gateway: IPv4Address,
        subnet6: IPv6Network? = nil, gateway6: IPv6Address? = nil, isInternal: Bool = false, mtu: UInt32? = nil
    ) {
        self.key = key
        self.name = name
        self.subnet = subnet
        self.gateway = gateway
        self.subnet6 = subnet6
        self.gateway6 = gateway6
        self.isInternal = isInternal
        self.mtu = mtu
    }

    /// Where a container finds the machine that the harness runs on (`host-gateway`): an address that no network has.
    ///
    /// Of the block for links (RFC 3927), which nothing routes.
    public static let hostGateway = IPv4Address(169, 254, 213, 1)
    /// Names that lead to ``hostGateway`` for whoever has been given it under any name.
    public static let hostNames = ["host.docker.internal", "gateway.docker.internal"]
}

/// How one container is connected.
public struct NetworkingPlan: Hashable, Sendable {
    /// Whose network namespace the container has.
    public enum Mode: Hashable, Sendable {
        /// Its own; without attachments only with a loopback interface.
        case own
        /// The invoker's.
        case host
        /// That of another container of the plan.
        case container(String)
    }

    /// Whose network namespace it has.
    public var mode: Mode
    /// Its interfaces in their order; empty unless the mode is `own`.
    public var attachments: [AttachmentPlan]
    /// Names that it alone knows, by `links`.
    public var links: [LinkPlan]
    /// Who is asked for names of the outside; empty: the host's own name servers.
    public var nameServers: [IPAddress]
    /// `nil`: the host's.
    public var searchDomains: [String]?
    /// As resolv.conf(5) has them; `nil`: the host's.
    public var resolverOptions: [String]?
    /// What follows the host name in the full name.
    public var domainName: String?
    /// The container is known to serve on port 53, which must stay free on every address in it.
    public var servesNames: Bool
    /// The file gives the container the host's loopback interface, at ``NetworkPlan/hostGateway``.
    public var reachesHost = false

    /// A container of that mode.
    public init(
        mode: Mode = .own, attachments: [AttachmentPlan] = [], links: [LinkPlan] = [], nameServers: [IPAddress] = [],
        searchDomains: [String]? = nil, resolverOptions: [String]? = nil, domainName: String? = nil,
        servesNames: Bool = false
    ) {
        self.mode = mode
        self.attachments = attachments
        self.links = links
        self.nameServers = nameServers
        self.searchDomains = searchDomains
        self.resolverOptions = resolverOptions
        self.domainName = domainName
        self.servesNames = servesNames
    }
}

/// A container's interface on one network.
public struct AttachmentPlan: Hashable, Sendable {
    /// The network's key.
    public var network: String
    /// At most 15 bytes; unique in the container.
    public var interfaceName: String
    /// In the network's subnet.
    public var address: IPv4Address
    /// In the network's IPv6 subnet, where it has one.
    public var address6: IPv6Address?
    /// `nil`: the kernel's choice.
    public var hardwareAddress: HardwareAddress?
    /// The default route leads through it.
    public var isGateway: Bool
    /// What others on the network call the container, the service's name first.
    public var names: [String]

    /// An interface of that name and address.
    public init(
        network: String, interfaceName: String, address: IPv4Address, address6: IPv6Address? = nil,
        hardwareAddress: HardwareAddress? = nil, isGateway: Bool = false, names: [String] = []
    ) {
        self.network = network
        self.interfaceName = interfaceName
        self.address = address
        self.address6 = address6
        self.hardwareAddress = hardwareAddress
        self.isGateway = isGateway
        self.names = names
    }
}

/// What one container alone calls another.
public struct LinkPlan: Hashable, Sendable {
    /// The name.
    public var alias: String
    /// The other container's.
    public var container: String

    /// A name of that container.
    public init(alias: String, container: String) {
        self.alias = alias
        self.container = container
    }
}

/// A line of /etc/hosts.
public struct HostEntry: Hashable, Sendable {
    /// Where the names lead.
    public var address: IPAddress
    /// The canonical name first.
    public var names: [String]

    /// A line for that address.
    public init(address: IPAddress, names: [String]) {
        self.address = address
        self.names = names
    }

    /// A line for that address.
    public init(address: IPv4Address, names: [String]) {
        self.init(address: .v4(address), names: names)
    }
}
