/// An Internet Protocol version 6 address.
public struct IPv6Address: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The first 64 bits in the host's byte order.
    public var high: UInt64
    /// The last 64 bits in the host's byte order.
    public var low: UInt64

    /// The address of these two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Takes sixteen bytes in network order; `nil` for another number of them.
    public init?(octets: some Collection<UInt8>) {
        guard octets.count == 16 else { return nil }
        high = octets.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        low = octets.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Parses the text forms of RFC 4291, section 2.2; `nil` for anything else, zone identifiers included.
    public init?(_ text: some StringProtocol) {
        let halves = Self.halves(text)
        guard (1...2).contains(halves.count) else { return nil }
        var groups: [[UInt16]] = []
        for (index, half) in halves.enumerated() {
            // Dotted decimal may only be what comes last.
            guard let parsed = Self.groups(half, mayEndInDecimal: index == halves.count - 1) else { return nil }
            groups.append(parsed)
        }
        let count = groups.reduce(0) { $0 + $1.count }
        if groups.count == 1 {
            guard count == 8 else { return nil }
        } else {
            guard count < 8 else { return nil }
            groups.insert(Array(repeating: 0, count: 8 - count), at: 1)
        }
        let all = groups.joined()
        high = all.prefix(4).reduce(0) { $0 << 16 | UInt64($1) }
        low = all.dropFirst(4).reduce(0) { $0 << 16 | UInt64($1) }
    }

    /// The text on both sides of `::`.
    private static func halves(_ text: some StringProtocol) -> [String] {
        var halves = [""]
        var rest = Substring(text)
        while let character = rest.first {
            if rest.hasPrefix("::") {
                halves.append("")
                rest = rest.dropFirst(2)
            } else {
                halves[halves.count - 1].append(character)
                rest = rest.dropFirst()
            }
        }
        return halves
    }

    private static func groups(_ text: String, mayEndInDecimal: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        var groups: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndInDecimal, index == parts.count - 1, part.contains(".") {
                guard let address = IPv4Address(part) else { return nil }
                groups += [UInt16(address.rawValue >> 16), UInt16(truncatingIfNeeded: address.rawValue)]
                continue
            }
            guard (1...4).contains(part.utf8.count), part.first != "+", let group = UInt16(part, radix: 16) else {
                return nil
            }
            groups.append(group)
        }
        return groups
    }

    /// ::1
    public static let loopback = Self(high: 0, low: 1)
    /// `::`: every address of the host.
    public static let any = Self(high: 0, low: 0)

    /// The sixteen bytes in network order.
    public var octets: [UInt8] {
        [high, low].flatMap { half in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> UInt64($0)) }
        }
    }

    /// The form that RFC 5952 recommends.
    public var description: String {
        let groups = [high, low].flatMap { half in
            stride(from: 48, through: 0, by: -16).map { UInt16(truncatingIfNeeded: half >> UInt64($0)) }
        }
        guard let zeros = Self.longestZeros(groups) else { return Self.text(groups[...]) }
        return Self.text(groups[..<zeros.lowerBound]) + "::" + Self.text(groups[zeros.upperBound...])
    }

    private static func text(_ groups: ArraySlice<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// The first of the longest runs of two or more zeros.
    private static func longestZeros(_ groups: [UInt16]) -> Range<Int>? {
        var longest: Range<Int>?
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > max(longest?.count ?? 0, 1) { longest = start..<index }
            start = index + 1
        }
        return longest
    }

    /// Compares as numbers.
    public static func < (left: Self, right: Self) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

/// A network in CIDR notation: a base address and a prefix length.
public struct IPv6Network: Hashable, Sendable, CustomStringConvertible {
    /// The address with all host bits zero.
    public var base: IPv6Address
    /// 0...128.
    public var prefixLength: Int

    /// The network that has `address` in it; traps unless `prefixLength` is in 0...128.
    public init(containing address: IPv6Address, prefixLength: Int) {
        precondition((0...128).contains(prefixLength))
        self.prefixLength = prefixLength
        let mask = Self.mask(prefixLength)
        base = IPv6Address(high: address.high & mask.high, low: address.low & mask.low)
    }

    /// Parses `ADDRESS/LENGTH`; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv6Address(parts[0]),
            let length = parsedPrefixLength(parts[1], upTo: 128)
        else { return nil }
        self.init(containing: address, prefixLength: length)
    }

    private static func mask(_ length: Int) -> IPv6Address {
        let high = length == 0 ? 0 : UInt64.max << UInt64(64 - min(length, 64))
        let low = length <= 64 ? 0 : UInt64.max << UInt64(128 - length)
        return IPv6Address(high: high, low: low)
    }

    /// The address with the given host number: 1 is the first that an interface may have.
    ///
    /// `nil` where the network has no such host.
    public func host(_ number: UInt64) -> IPv6Address? {
        let bits = 128 - prefixLength
        guard number > 0, bits >= 64 || number < 1 << UInt64(bits) else { return nil }
        return IPv6Address(high: base.high, low: base.low | number)
    }

    /// Whether the address is one of the network's.
    public func contains(_ address: IPv6Address) -> Bool {
        Self(containing: address, prefixLength: prefixLength).base == base
    }

    /// Whether the two have an address in common.
    public func overlaps(_ other: Self) -> Bool { contains(other.base) || other.contains(base) }

    /// CIDR notation, `fd00::/8`.
    public var description: String { "\(base)/\(prefixLength)" }
}

/// Parses the number after the slash: decimal, without sign and leading zero.
func parsedPrefixLength(_ text: some StringProtocol, upTo maximum: Int) -> Int? {
    guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        text.utf8.count == 1 || text.first != "0", let length = Int(text), length <= maximum
    else { return nil }
    return length
}
