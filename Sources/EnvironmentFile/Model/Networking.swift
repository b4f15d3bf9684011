import Addresses
import OrderedCollections

/// How a service is connected, and which names it knows.
public struct Networking: Hashable, Sendable {
    /// `network_mode`.
    public enum Mode: Hashable, Sendable {
        /// On networks of the environment.
        case networks
        /// Only a loopback interface.
        case none
        /// The network of whoever invoked the harness.
        case host
        /// That of another service's container.
        case service(String)
    }

    /// What it is connected to.
    public var mode = Mode.networks
    /// Where `network_mode` is.
    public var modePosition: SourcePosition?
    /// By the key of the network, in the order of the file; empty: the default network alone.
    public var attachments: OrderedDictionary<String, NetworkAttachment> = [:]
    /// `links`: names that only this service knows.
    public var links: [ServiceLink] = []
    /// `extra_hosts`, in the order of the file.
    public var extraHosts: [ExtraHost] = []
    /// `dns`: who is asked for names of the outside; empty: the host's own name servers.
    public var nameServers: [IPAddress] = []
    /// `dns_search`; `nil`: the host's, empty (`.`): none.
    public var searchDomains: [String]?
    /// `dns_opt` as resolv.conf(5) has them; `nil`: the host's.
    public var resolverOptions: [String]?
    /// `domainname`: what follows the host name in the container's full name.
    public var domainName: String?
    /// `mac_address` of the service, for its first interface.
    public var hardwareAddress: HardwareAddress?

    /// On the default network, and nothing else.
    public init() {}
}

/// A service's connection to one network.
public struct NetworkAttachment: Hashable, Sendable {
    /// Further names that lead to the service on this network.
    public var aliases: [String] = []
    /// A fixed address; `nil`: the engine chooses.
    public var address: IPv4Address?
    /// A fixed address; `nil`: the engine chooses where the network has IPv6.
    public var address6: IPv6Address?
    /// `nil`: the engine chooses.
    public var hardwareAddress: HardwareAddress?
    /// Networks of a higher one are connected first, and so are `eth0`.
    public var priority: Double = 0
    /// The network of the highest one has the default route.
    public var gatewayPriority: Double = 0
    /// `nil`: `eth0`, `eth1`, ….
    public var interfaceName: String?
    /// Where the key is.
    public var position: SourcePosition

    /// Makes a connection without any attribute.
    public init(position: SourcePosition) { self.position = position }
}

/// An entry of `links`.
public struct ServiceLink: Hashable, Sendable {
    /// The other service.
    public var service: String
    /// What this service calls it.
    public var alias: String
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(service: String, alias: String, position: SourcePosition) {
        self.service = service
        self.alias = alias
        self.position = position
    }
}

/// An entry of `extra_hosts`: a line of /etc/hosts.
public struct ExtraHost: Hashable, Sendable {
    /// Where a name leads.
    public enum Target: Hashable, Sendable {
        case address(IPAddress)
        /// `host-gateway`: the machine that the harness runs on.
        case hostGateway
    }

    /// The name.
    public var name: String
    /// Where it leads.
    public var target: Target

    /// Puts the values together; nothing is checked.
    public init(name: String, target: Target) {
        self.name = name
        self.target = target
    }
}
