import RegistryProtocol

/// Where a registry's interface is: the `https://HOST:PORT/PREFIX` in front of `/v2/`.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// How it is spoken to.
    public enum Scheme: String, Hashable, Sendable {
        case http, https
    }

    /// `https` unless something says otherwise.
    public var scheme: Scheme
    /// A name or an address, lower case; IPv6 without brackets.
    public var host: String
    /// 1...65535.
    public var port: Int
    /// What stands in front of the repository's name, without slashes at its ends: a cache for several registries has
    /// one for each.
    public var prefix: String
    /// Whether the address that the user gave says how to speak to it.
    var isSchemeGiven = false

    /// Where the registry of a reference is: Docker Hub's interface has another host than its name says.
    ///
    /// - Parameter registry: Host and optional port.
    public init(registry: String) throws(RegistryError) {
        let authority = registry == "docker.io" ? "registry-1.docker.io" : registry
        guard let (host, port) = Self.split(authority) else {
            throw RegistryError(.configuration, "'\(registry.printable())' is not a host with an optional port")
        }
        (scheme, self.host, self.port, prefix) = (.https, host, port ?? 443, "")
        hasGivenPort = port != nil
    }

    /// Takes `https://HOST[:PORT][/PREFIX]`, `http://…`, or the same without a scheme.
    public init(url text: String) throws(RegistryError) {
        var rest = text[...]
        scheme = .https
        for candidate in [Scheme.http, .https] where rest.lowercased().hasPrefix(candidate.rawValue + "://") {
            scheme = candidate
            isSchemeGiven = true
            rest = rest.dropFirst(candidate.rawValue.count + 3)
        }
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count).split(separator: "/")
        let isPath = path.allSatisfy { component in
            component != "." && component != ".." && component.utf8.allSatisfy(Self.isPathByte)
        }
        guard isPath, let (host, port) = Self.split(String(authority)) else {
            throw RegistryError(
                .configuration, "'\(text.printable())' is not the address of a registry",
                remedy: "write https://HOST[:PORT][/PREFIX]; credentials belong into Docker's configuration file")
        }
        self.host = host
        self.port = port ?? (scheme == .https ? 443 : 80)
        hasGivenPort = port != nil
        prefix = path.joined(separator: "/")
    }

    private var hasGivenPort: Bool

    /// The same with another scheme, and that scheme's port where none was given.
    func with(_ scheme: Scheme) -> Self {
        var copy = self
        copy.scheme = scheme
        if !hasGivenPort { copy.port = scheme == .https ? 443 : 80 }
        return copy
    }

    /// Host and port, the port only where it is not the scheme's: as in a `Host` field.
    public var authority: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        return port == (scheme == .https ? 443 : 80) ? shown : "\(shown):\(port)"
    }

    /// `https://HOST[:PORT]`
    public var origin: String { "\(scheme.rawValue)://\(authority)" }

    /// The address as it was given.
    public var description: String { prefix.isEmpty ? origin : "\(origin)/\(prefix)" }

    /// Whether only this machine answers there.
    public var isLoopback: Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "::1"
            || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// The address of something below `/v2/`.
    func url(_ path: String) -> String {
        "\(origin)/v2/" + (prefix.isEmpty || path.isEmpty || path.hasPrefix("_") ? path : "\(prefix)/\(path)")
    }

    /// A repository's name as this endpoint knows it.
    func scopeName(_ repository: String) -> String { prefix.isEmpty ? repository : "\(prefix)/\(repository)" }

    /// `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`.
    static func split(_ authority: String) -> (host: String, port: Int?)? {
        var host = authority[...]
        var port: Int?
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return nil }
            let rest = host[host.index(after: end)...]
            host = host[host.index(after: host.startIndex)..<end]
            guard !host.isEmpty, host.utf8.allSatisfy({ isHexadecimal($0) || $0 == UInt8(ascii: ":") }) else {
                return nil
            }
            if !rest.isEmpty {
                guard rest.hasPrefix(":"), let number = portNumber(rest.dropFirst()) else { return nil }
                port = number
            }
            return (host.lowercased(), port)
        }
        if let colon = host.firstIndex(of: ":") {
            guard let number = portNumber(host[host.index(after: colon)...]) else { return nil }
            port = number
            host = host[..<colon]
        }
        guard !host.isEmpty, host.utf8.allSatisfy(isHostByte) else { return nil }
        return (host.lowercased(), port)
    }

    private static func portNumber(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(text).flatMap { (1...65535).contains($0) ? $0 : nil }
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }

    private static func isPathByte(_ byte: UInt8) -> Bool { isHostByte(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}

/// Takes the scheme, in lower case, off the front of an address; `nil` where it has none.
func splitScheme(_ url: some StringProtocol) -> (scheme: String, rest: Substring)? {
    let text = Substring(url)
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
    return (text[..<colon].lowercased(), text[colon...].dropFirst(3))
}
