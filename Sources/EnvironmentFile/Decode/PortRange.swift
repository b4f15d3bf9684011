import Glibc

/// One port or several in a row.
struct PortRange: Hashable {
    var first: UInt16
    var last: UInt16

    /// `PORT` or `FIRST-LAST`, 1 to 65535; port 0 ("any") only alone and where it is allowed.
    init?(_ text: Substring, allowsZero: Bool = false) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let first = parts.first.flatMap({ UInt16($0) }), let last = parts.last.flatMap({ UInt16($0) }),
            first <= last, first > 0 || (allowsZero && last == 0)
        else { return nil }
        self.first = first
        self.last = last
    }

    var count: Int { Int(last) - Int(first) + 1 }
    var ports: [UInt16] { Array(first...last) }
}

/// Addresses of the host that a port may be published on.
enum HostAddress {
    /// Dotted decimal, or hexadecimal groups with colons as in RFC 4291.
    static func isValid(_ text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: ":")) ? isVersion6(text) : isVersion4(text)
    }

    private static func isVersion4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(part) != nil
                    && (part.count == 1 || part.first != "0")
            }
    }

    private static func isVersion6(_ text: String) -> Bool {
        var storage = in6_addr()
        return inet_pton(AF_INET6, text, &storage) == 1
    }
}
