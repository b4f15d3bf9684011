import Addresses
import OrderedCollections

/// A top-level `networks:` entry.
public struct Network: Hashable, Sendable {
    /// The key of the network that a service is on which names none.
    public static let defaultKey = "default"

    /// `name:` if given, else the project's name, `_` and the key.
    public var name: String
    /// The network exists outside of the environment.
    public var isExternal = false
    /// Nothing leads out of it.
    public var isInternal = false
    /// Its containers have an IPv6 address too.
    public var hasIPv6 = false
    /// `ipam.config`, one of each version at most; where one is missing the engine chooses.
    public var pools: [AddressPool] = []
    /// Bytes of the largest packet, 68...65535 (`driver_opts`, `com.docker.network.driver.mtu`); `nil`: 1500.
    public var mtu: UInt32?
    /// Metadata for people and tools.
    public var labels: OrderedDictionary<String, String> = [:]
    /// Where the key is.
    public var position: SourcePosition

    /// Makes a network without any attribute.
    public init(name: String, position: SourcePosition) {
        self.name = name
        self.position = position
    }
}

/// One entry of `ipam.config`: where addresses come from.
public struct AddressPool: Hashable, Sendable {
    /// All addresses of the network.
    public var subnet: IPNetwork
    /// Where those that nobody has fixed are taken from, inside of ``subnet``; `nil`: anywhere in it.
    public var range: IPNetwork?
    /// The bridge's own; `nil`: the first.
    public var gateway: IPAddress?
    /// Given to nobody (`aux_addresses`).
    public var reserved: [IPAddress] = []
    /// Where it is in the file.
    public var position: SourcePosition

    /// Makes a pool of a whole subnet.
    public init(subnet: IPNetwork, position: SourcePosition) {
        self.subnet = subnet
        self.position = position
    }
}
