import RegistryProtocol

/// The proxies that an environment names: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`, or in lower case.
struct Proxies: Hashable, Sendable {
    /// A proxy server.
    struct Server: Hashable, Sendable {
        var host: String
        var port: Int
        /// `NAME:PASSWORD` where the address has them.
        var userInfo: String?
    }

    private var https: Server?
    private var http: Server?
    private var exceptions: [String]

    /// - Parameter environment: Looks up a variable. Empty counts as missing.
    init(environment: (String) -> String?) throws(RegistryError) {
        func value(_ names: [String]) -> String? {
            names.lazy.compactMap(environment).first { !$0.isEmpty }
        }
        // In upper case the first may come from a CGI request's field `Proxy`; nothing of that kind runs this program.
        let all = value(["ALL_PROXY", "all_proxy"])
        https = try (value(["HTTPS_PROXY", "https_proxy"]) ?? all).map { text throws(RegistryError) in try Server(text)
        }
        http = try (value(["HTTP_PROXY", "http_proxy"]) ?? all).map { text throws(RegistryError) in try Server(text) }
        exceptions = (value(["NO_PROXY", "no_proxy"]) ?? "").split(separator: ",")
            .map { $0.filter { $0 != " " }.lowercased() }.filter { !$0.isEmpty }
    }

    /// The proxy for an endpoint; `nil` to go there directly, as always to the loopback.
    func server(for endpoint: Endpoint) -> Server? {
        if endpoint.isLoopback || exceptions.contains(where: { Self.excepts($0, endpoint) }) { return nil }
        return endpoint.scheme == .https ? https : http
    }

    /// `*`, `HOST`, `.DOMAIN`, `DOMAIN` (its subdomains too), `HOST:PORT`, `ADDRESS`, `NETWORK/BITS`.
    private static func excepts(_ pattern: String, _ endpoint: Endpoint) -> Bool {
        if pattern == "*" { return true }
        if pattern.contains("/") { return IPv4Block(pattern)?.contains(endpoint.host) ?? false }
        var name = pattern
        if let (host, port) = Endpoint.split(pattern), let port {
            guard port == endpoint.port else { return false }
            name = host
        }
        while name.hasPrefix(".") || name.hasPrefix("*") { name.removeFirst() }
        return endpoint.host == name || endpoint.host.hasSuffix("." + name)
    }

    /// A network of IPv4 addresses, as `10.0.0.0/8`.
    private struct IPv4Block {
        private let prefix: UInt32
        private let mask: UInt32

        init?(_ text: String) {
            let parts = text.split(separator: "/")
            guard parts.count == 2, let bits = Int(parts[1]), (0...32).contains(bits),
                let address = Self.address(String(parts[0]))
            else { return nil }
            mask = bits == 0 ? 0 : ~0 << UInt32(32 - bits)
            prefix = address & mask
        }

        func contains(_ host: String) -> Bool { Self.address(host).map { $0 & mask == prefix } ?? false }

        private static func address(_ text: String) -> UInt32? {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
            guard parts.count == 4, parts.allSatisfy({ $0 != nil }) else { return nil }
            return parts.reduce(0) { $0 << 8 | UInt32($1 ?? 0) }
        }
    }
}

extension Proxies.Server {
    /// Takes `[http://][NAME:PASSWORD@]HOST[:PORT]`.
    init(_ text: String) throws(RegistryError) {
        var rest = text[...]
        if let (scheme, address) = splitScheme(text) {
            guard scheme == "http" else {
                throw RegistryError(
                    .configuration, "the proxy '\(Self.hidingPassword(text))' is not spoken to by plain HTTP",
                    remedy: "set HTTPS_PROXY and HTTP_PROXY to http://HOST:PORT")
            }
            rest = address
        }
        while rest.hasSuffix("/") { rest.removeLast() }
        if let at = rest.lastIndex(of: "@") {
            userInfo = Self.percentDecoded(rest[..<at])
            rest = rest[rest.index(after: at)...]
        }
        guard let (host, port) = Endpoint.split(String(rest)) else {
            throw RegistryError(
                .configuration, "the proxy '\(Self.hidingPassword(text))' is not an address",
                remedy: "set HTTPS_PROXY and HTTP_PROXY to http://HOST:PORT")
        }
        self.host = host
        self.port = port ?? 80
    }

    private static func percentDecoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let digits = String(rest.prefix(2)), let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hidingPassword(_ text: String) -> String {
        text.lastIndex(of: "@").map { "…" + text[$0...] } ?? text.printable()
    }
}
