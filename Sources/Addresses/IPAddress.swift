/// An Internet Protocol address of either version.
public enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    case v4(IPv4Address)
    case v6(IPv6Address)

    /// Parses either form; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        if let address = IPv4Address(text) {
            self = .v4(address)
        } else if let address = IPv6Address(text) {
            self = .v6(address)
        } else {
            return nil
        }
    }

    /// The bytes in network order: four or sixteen.
    public var octets: [UInt8] {
        switch self {
        case .v4(let address): address.octets
        case .v6(let address): address.octets
        }
    }

    /// The usual text, without brackets.
    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }

    /// With brackets where a port's colon follows.
    public var hostDescription: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): "[\(address)]"
        }
    }
}

/// A network of either version in CIDR notation.
public enum IPNetwork: Hashable, Sendable, CustomStringConvertible {
    case v4(IPv4Network)
    case v6(IPv6Network)

    /// Parses `ADDRESS/LENGTH` of either version; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        if let network = IPv4Network(text) {
            self = .v4(network)
        } else if let network = IPv6Network(text) {
            self = .v6(network)
        } else {
            return nil
        }
    }

    /// Whether the address is one of the network's; never one of the other version.
    public func contains(_ address: IPAddress) -> Bool {
        switch (self, address) {
        case (.v4(let network), .v4(let address)): network.contains(address)
        case (.v6(let network), .v6(let address)): network.contains(address)
        default: false
        }
    }

    /// CIDR notation.
    public var description: String {
        switch self {
        case .v4(let network): network.description
        case .v6(let network): network.description
        }
    }
}
