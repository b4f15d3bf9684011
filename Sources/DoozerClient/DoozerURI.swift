/// Where a cluster is, as `DOOZER_URI` says it: `doozer:?ca=HOST:PORT&ca=…&cn=NAME&sk=SECRET` (ha/doozerd, doc/uri.md).
public struct DoozerURI: Hashable, Sendable {
    /// The port of a `ca` that names none.
    public static let defaultPort: UInt16 = 8046

    /// The host and port of a server.
    public struct Address: Hashable, Sendable, CustomStringConvertible {
        /// A host name or address.
        public var host: String
        /// The port.
        public var port: UInt16

        /// Makes the address of a server.
        public init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }

        /// `HOST:PORT`, an IPv6 address in brackets.
        public var description: String {
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    /// The servers to try, in order (`ca`).
    public var addresses: [Address] = []
    /// The name under which to find the servers in another cluster (`cn`).
    public var cluster: String?
    /// What ACCESS is to bring (`sk`).
    public var secret: String?

    /// Reads a URI.
    ///
    /// - Throws: ``ClientError/invalidURI(_:reason:)``. Parameters that are not known are left to others.
    public init(_ text: String) throws(ClientError) {
        let scheme = "doozer:?"
        guard text.hasPrefix(scheme) else { throw .invalidURI(text, reason: "it does not begin with '\(scheme)'") }
        for parameter in text.dropFirst(scheme.count).split(separator: "&") {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let value = DoozerURI.decoded(parts[1]) else {
                throw .invalidURI(text, reason: "'\(parameter)' is not NAME=VALUE")
            }
            switch parts[0] {
            case "ca":
                guard let address = DoozerURI.address(value) else {
                    throw .invalidURI(text, reason: "'\(value)' is not HOST:PORT")
                }
                addresses.append(address)
            case "cn": cluster = value
            case "sk": secret = value
            default: break
            }
        }
        guard !addresses.isEmpty || cluster != nil else {
            throw .invalidURI(text, reason: "it has neither 'ca=HOST:PORT' nor 'cn=NAME'")
        }
    }

    /// Reads `HOST`, `HOST:PORT`, `[ADDRESS]` or `[ADDRESS]:PORT`.
    public static func address(_ text: String) -> Address? {
        var host = text[...]
        var port = defaultPort
        let closingBracket = text.hasPrefix("[") ? text.lastIndex(of: "]") : nil
        if let colon = text.lastIndex(of: ":"), colon > closingBracket ?? text.startIndex {
            guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else { return nil }
            port = number
            host = text[..<colon]
        }
        if closingBracket != nil {
            guard host.hasSuffix("]") else { return nil }
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : Address(host: String(host), port: port)
    }

    /// Undoes the coding of a query string: `+` is a space, `%41` a byte.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"):
                bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            default:
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
