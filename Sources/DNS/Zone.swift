import Addresses

/// The names of an environment: on each of its networks, who is called what.
public struct Zone: Sendable {
    /// A container on a network.
    public struct Member: Hashable, Sendable {
        /// Its names there, the first one for reverse look-ups.
        public var names: [String]
        /// Its addresses there.
        public var addresses: [IPAddress]

        /// A member of a network.
        public init(names: [String], addresses: [IPAddress]) {
            self.names = names
            self.addresses = addresses
        }
    }

    /// One network.
    public struct Network: Sendable {
        fileprivate var addresses: [String: [IPAddress]] = [:]
        fileprivate var names: [IPAddress: String] = [:]
        fileprivate let subnets: [IPNetwork]

        /// - Parameters:
        ///   - name: `db` may be asked for as `db.NAME` too.
        ///   - subnets: Addresses in there that nobody has lead nowhere.
        public init(name: String, subnets: [IPNetwork], members: [Member]) {
            self.subnets = subnets
            for member in members {
                for own in member.names {
                    for key in [own.lowercased(), "\(own).\(name)".lowercased()] {
                        addresses[key, default: []] += member.addresses
                    }
                }
                guard let first = member.names.first else { continue }
                for address in member.addresses where names[address] == nil { names[address] = first }
            }
        }
    }

    /// What one container sees of it.
    public struct View: Sendable {
        /// The keys of its networks, the first one first.
        public var networks: [String]
        /// Names that only this container knows, in lower case, and where they lead.
        public var own: [String: [IPAddress]]
        /// Whether names of the outside are looked up.
        public var leadsOutside: Bool

        /// A view of these networks.
        public init(networks: [String], own: [String: [IPAddress]] = [:], leadsOutside: Bool = true) {
            self.networks = networks
            self.own = own
            self.leadsOutside = leadsOutside
        }
    }

    /// What becomes of a query.
    public enum Verdict: Hashable, Sendable {
        case answer(Response)
        /// Others have to be asked.
        case forward
    }

    private let networks: [String: Network]
    private var turn = 0

    /// - Parameter networks: By their keys.
    public init(networks: [String: Network]) { self.networks = networks }

    /// Decides on a query; of several addresses another one is the first each time.
    public mutating func verdict(on query: Query, in view: View) -> Verdict {
        if let version = query.extensions?.version, version != 0 { return .answer(Response(.badVersion)) }
        guard query.operation == 0 else { return .answer(Response(.notImplemented)) }
        guard query.recordClass == 1 || query.recordClass == RecordType.any else { return .answer(Response(.refused)) }
        if let address = ReverseName.address(query.name) { return reverse(address, query, view) }
        if let addresses = addresses(of: query.name.key, in: view) {
            let wanted = addresses.filter { address in
                switch address {
                case .v4: query.type == RecordType.a || query.type == RecordType.any
                case .v6: query.type == RecordType.aaaa || query.type == RecordType.any
                }
            }
            return .answer(Response(.noError, records: rotated(wanted).map { .address($0) }))
        }
        return view.leadsOutside ? .forward : .answer(Response(.nameError))
    }

    private func addresses(of key: String, in view: View) -> [IPAddress]? {
        // RFC 6761, section 6.3
        if key == "localhost" || key.hasSuffix(".localhost") { return [.v4(.loopback), .v6(.loopback)] }
        if let own = view.own[key] { return own }
        for network in view.networks {
            if let found = networks[network]?.addresses[key] { return found }
        }
        return nil
    }

    private func reverse(_ address: IPAddress, _ query: Query, _ view: View) -> Verdict {
        let visible = view.networks.compactMap { networks[$0] }
        if let name = visible.lazy.compactMap({ $0.names[address] }).first.flatMap({ DomainName($0) }) {
            let isWanted = query.type == RecordType.ptr || query.type == RecordType.any
            return .answer(Response(.noError, records: isWanted ? [.pointer(name)] : []))
        }
        // Nobody outside knows better.
        let isOwn = networks.values.contains { $0.subnets.contains { $0.contains(address) } }
        return isOwn || !view.leadsOutside ? .answer(Response(.nameError)) : .forward
    }

    private mutating func rotated(_ addresses: [IPAddress]) -> [IPAddress] {
        guard addresses.count > 1 else { return addresses }
        turn = (turn + 1) % (1 << 20)
        let start = turn % addresses.count
        return Array(addresses[start...] + addresses[..<start])
    }
}

/// Names below `in-addr.arpa` (RFC 1035, section 3.5) and `ip6.arpa` (RFC 3596, section 2.5).
enum ReverseName {
    static func address(_ name: DomainName) -> IPAddress? {
        let labels = name.key.split(separator: ".", omittingEmptySubsequences: false)
        switch labels.suffix(2).joined(separator: ".") {
        case "in-addr.arpa" where labels.count == 6:
            return IPv4Address(labels.dropLast(2).reversed().joined(separator: ".")).map(IPAddress.v4)
        case "ip6.arpa" where labels.count == 34:
            let digits = labels.dropLast(2).reversed().compactMap { label in
                label.utf8.count == 1 ? label.first?.hexDigitValue.map(UInt8.init) : nil
            }
            guard digits.count == 32 else { return nil }
            let octets = stride(from: 0, to: 32, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
            return IPv6Address(octets: octets).map(IPAddress.v6)
        default: return nil
        }
    }
}
