import Addresses

/// Subnets for networks whose file names none: one after the other, apart from those that it does name.
struct FreeSubnets {
    /// "harness" cut to 40 bits, as the global identifier of a unique local address (RFC 4193).
    private static let local6 = IPv6Address(high: 0xfd68_6172_6e65_0000, low: 0)

    private var subnet: IPv4Network
    private var number6: UInt64 = 0
    private let avoided: [IPNetwork]

    init(first: IPv4Network, avoiding avoided: [IPNetwork]) {
        subnet = first
        self.avoided = avoided
    }

    /// The next one of the first one's size.
    mutating func next() -> IPv4Network {
        while true {
            let candidate = subnet
            let size = UInt32(1) << UInt32(32 - candidate.prefixLength)
            subnet.base = IPv4Address(rawValue: candidate.base.rawValue &+ size)
            if !avoided.contains(where: { $0.overlaps(.v4(candidate)) }) { return candidate }
        }
    }

    /// The next one of 2 to the power of 64 addresses.
    mutating func next6() -> IPv6Network {
        while true {
            let base = IPv6Address(high: Self.local6.high + number6, low: 0)
            number6 += 1
            let candidate = IPv6Network(containing: base, prefixLength: 64)
            if !avoided.contains(where: { $0.overlaps(.v6(candidate)) }) { return candidate }
        }
    }
}

extension IPNetwork {
    fileprivate func overlaps(_ other: IPNetwork) -> Bool {
        switch (self, other) {
        case (.v4(let first), .v4(let second)): first.overlaps(second)
        case (.v6(let first), .v6(let second)): first.overlaps(second)
        default: false
        }
    }
}
