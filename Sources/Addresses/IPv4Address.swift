/// An Internet Protocol version 4 address.
public struct IPv4Address: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// In the host's byte order: 10.0.0.1 is 0x0a00_0001.
    public var rawValue: UInt32

    /// The address of that number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The address `a.b.c.d`.
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        rawValue = UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)
    }

    /// Parses dotted decimal: four numbers of 0...255 without leading zeros; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let octet = UInt8(part),
                part.count == 1 || part.first != "0"
            else { return nil }
            value = value << 8 | UInt32(octet)
        }
        rawValue = value
    }

    /// 127.0.0.1
    public static let loopback = Self(127, 0, 0, 1)
    /// 0.0.0.0: every address of the host.
    public static let any = Self(rawValue: 0)

    /// The four bytes in network order.
    public var octets: [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> UInt32($0)) }
    }

    /// Dotted decimal.
    public var description: String { octets.map(String.init).joined(separator: ".") }

    /// Compares as numbers.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A network in CIDR notation: a base address and a prefix length.
public struct IPv4Network: Hashable, Sendable, CustomStringConvertible {
    /// The address with all host bits zero.
    public var base: IPv4Address
    /// 0...32.
    public var prefixLength: Int

    /// The network that has `address` in it; traps unless `prefixLength` is in 0...32.
    public init(containing address: IPv4Address, prefixLength: Int) {
        precondition((0...32).contains(prefixLength))
        self.prefixLength = prefixLength
        base = IPv4Address(rawValue: address.rawValue & Self.mask(prefixLength))
    }

    /// Parses `ADDRESS/LENGTH`; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(parts[0]),
            let length = parsedPrefixLength(parts[1], upTo: 32)
        else { return nil }
        self.init(containing: address, prefixLength: length)
    }

    static func mask(_ prefixLength: Int) -> UInt32 {
        prefixLength == 0 ? 0 : UInt32.max << UInt32(32 - prefixLength)
    }

    /// The address with the given host number: 1 is the first that an interface may have.
    ///
    /// `nil` where the network has no such host (0 and the broadcast address are none).
    public func host(_ number: Int) -> IPv4Address? {
        let count = 1 << (32 - prefixLength)
        guard number > 0, number < count - 1 else { return nil }
        return IPv4Address(rawValue: base.rawValue + UInt32(number))
    }

    /// Whether the address is one of the network's, base and broadcast address included.
    public func contains(_ address: IPv4Address) -> Bool {
        address.rawValue & Self.mask(prefixLength) == base.rawValue
    }

    /// Whether the two have an address in common.
    public func overlaps(_ other: Self) -> Bool { contains(other.base) || other.contains(base) }

    /// The address with all host bits set.
    public var broadcast: IPv4Address { IPv4Address(rawValue: base.rawValue | ~Self.mask(prefixLength)) }

    /// CIDR notation, `10.0.0.0/8`.
    public var description: String { "\(base)/\(prefixLength)" }
}
