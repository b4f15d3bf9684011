/// A domain name as RFC 1035 has it: labels of 1 to 63 bytes, 255 bytes in all; compared without regard to case.
public struct DomainName: Hashable, Sendable, CustomStringConvertible {
    /// The labels as they were given; none: the root.
    public let labels: [[UInt8]]
    /// The labels in lower case between dots, without one at the end; what is compared.
    public let key: String

    /// Takes labels; `nil` where one is empty or too long, or all of them are.
    public init?(labels: [[UInt8]]) {
        guard labels.allSatisfy({ (1...63).contains($0.count) }), Self.size(of: labels) <= 255 else { return nil }
        self.labels = labels
        key = labels.map { String(decoding: $0.map(Self.lowercased), as: UTF8.self) }.joined(separator: ".")
    }

    /// Takes text with dots between labels; one at the end means nothing.
    public init?(_ text: some StringProtocol) {
        let name = text.hasSuffix(".") ? Substring(text.dropLast()) : Substring(text)
        if name.isEmpty {
            self.init(labels: [])
        } else {
            self.init(labels: name.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.utf8) })
        }
    }

    /// Bytes on the wire, the root's zero included.
    private static func size(of labels: [[UInt8]]) -> Int { labels.reduce(1) { $0 + $1.count + 1 } }

    private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    /// With dots; the root is a single one.
    public var description: String {
        labels.isEmpty ? "." : labels.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
    }

    /// Compares the bytes of the labels, letters without regard to case.
    public static func == (left: Self, right: Self) -> Bool {
        left.labels.count == right.labels.count
            && zip(left.labels, right.labels).allSatisfy { $0.map(lowercased) == $1.map(lowercased) }
    }

    /// Consistent with `==`.
    public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
