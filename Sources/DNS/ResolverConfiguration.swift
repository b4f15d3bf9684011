import Addresses

/// The contents of a resolv.conf(5).
public struct ResolverConfiguration: Hashable, Sendable {
    /// In the order in which they are asked; with a zone (`fe80::1%eth0`) left out.
    public var nameServers: [IPAddress] = []
    /// Appended to names with few dots.
    public var searchDomains: [String] = []
    /// As written, such as `ndots:2`.
    public var options: [String] = []

    /// Reads the text; what resolv.conf(5) does not know is passed over, as the C library does.
    public init(_ text: some StringProtocol) {
        for line in text.split(separator: "\n") {
            let words: [String] = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { String($0) }
            guard let keyword = words.first else { continue }
            switch keyword {
            case "nameserver":
                if words.count > 1, let address = IPAddress(words[1]) { nameServers.append(address) }
            // Of several of these lines the last one counts.
            case "search", "domain": searchDomains = words.dropFirst().filter { $0 != "." }
            case "options": options += words.dropFirst()
            default: break
            }
        }
    }

    /// A file that has everything looked up at `nameServer`, as Docker writes it.
    ///
    /// - Parameters:
    ///   - searchDomains: `nil`: those of this configuration.
    ///   - options: `nil`: those of this configuration.
    public func configuration(
        nameServer: IPv4Address, searchDomains: [String]? = nil, options: [String]? = nil
    ) -> String {
        var lines = ["# Made by harness. Names of the environment are answered here, others are passed on."]
        lines.append("nameserver \(nameServer)")
        let domains = searchDomains ?? self.searchDomains
        if !domains.isEmpty { lines.append("search \(domains.joined(separator: " "))") }
        var words = options ?? self.options
        // Every name is tried as it is first: what the environment knows has no dots.
        if !words.contains(where: { $0.hasPrefix("ndots:") }) { words.append("ndots:0") }
        lines.append("options \(words.joined(separator: " "))")
        if !nameServers.isEmpty {
            lines.append("# Passed on to: \(nameServers.map(\.description).joined(separator: " "))")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
