/// The name of a network interface, as the kernel accepts it.
///
/// 1 to 15 bytes, not `.` or `..`, without `/`, `:`, white space and control characters.
public struct InterfaceName: Hashable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The name as it was given.
    public let description: String

    /// Checks a name; `nil` for one that the kernel would refuse.
    public init?(_ name: String) {
        guard (1...15).contains(name.utf8.count), name != ".", name != "..",
            name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") })
        else { return nil }
        description = name
    }

    /// A name known when the program is written; traps where ``init(_:)`` gives `nil`.
    public init(stringLiteral name: StaticString) {
        guard let checked = Self("\(name)") else { preconditionFailure("no interface name: \(name)") }
        self = checked
    }

    /// The interface that each network namespace has from its beginning, with index 1.
    public static let loopback: Self = "lo"
}
