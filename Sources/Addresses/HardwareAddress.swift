/// The address of an Ethernet interface: six bytes.
public struct HardwareAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address in the lower 48 bits, its first byte the highest.
    public let rawValue: UInt64

    /// Takes six bytes; `nil` for another number of them.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        rawValue = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Parses six pairs of hexadecimal digits between colons or hyphens; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        let bytes = parts.compactMap { $0.utf8.count == 2 && $0.first != "+" ? UInt8($0, radix: 16) : nil }
        guard parts.count == 6 else { return nil }
        self.init(bytes: bytes)
    }

    /// Whether it stands for several interfaces, which none may have as its own.
    public var isMulticast: Bool { rawValue >> 40 & 1 == 1 }

    /// A locally administered unicast address that follows from an IP address: 10.0.0.2 gives 02:42:0a:00:00:02.
    ///
    /// Unique wherever the IP address is, and the same in each run, so that nothing caches a neighbour wrongly.
    public init(for address: IPv4Address) {
        rawValue = 0x0242_0000_0000 | UInt64(address.rawValue)
    }

    /// The six bytes in the order of transmission.
    public var bytes: [UInt8] {
        [40, 32, 24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> UInt64($0)) }
    }

    /// For messages.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
