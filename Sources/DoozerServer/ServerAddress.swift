public import NIOCore

/// The address a server listens on, as the command line gives it: `HOST:PORT`.
public struct ServerAddress: Hashable, Sendable {
    /// A host name or an address; empty for all interfaces.
    public var host: String
    /// At most 65,535; 0 lets the kernel choose.
    public var port: Int

    /// Whether it is no address to connect to, but stands for all interfaces.
    public var isAnyInterface: Bool {
        ["", "0.0.0.0", "::"].contains(host)
    }

    /// Reads `HOST:PORT`; an IPv6 address stands in brackets.
    ///
    /// - Returns: `nil` if `text` has no port, or none that can be.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self.host = String(host)
        self.port = Int(port)
    }

    /// The socket address; a host name is looked up.
    ///
    /// - Throws: What the resolver says.
    func resolved() throws -> SocketAddress {
        if host.isEmpty { return try SocketAddress(ipAddress: "0.0.0.0", port: port) }
        do {
            return try SocketAddress(ipAddress: host, port: port)
        } catch SocketAddressError.failedToParseIPString {
            return try SocketAddress.makeAddressResolvingHost(host, port: port)
        }
    }

    /// An address as people and Doozer's clients write it, `HOST:PORT`.
    public static func description(_ address: SocketAddress) -> String {
        guard let host = address.ipAddress, let port = address.port else { return "\(address)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
