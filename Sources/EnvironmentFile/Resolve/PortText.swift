import YAML

/// `ports`: `[ADDRESS:][PUBLISHED[-LAST]:]TARGET[-LAST][/PROTOCOL]`, or the long form.
enum PortText {
    private static let form = ObjectForm([
        .written("name", .text),
        .derived("mode") { port, _ in .string(port["mode"].flatMap(ScalarText.text) ?? "ingress") },
        .written("host_ip", .text),
        .written("target", .custom(target)),
        .written("published", .text),
        .derived("protocol") { port, _ in .string(port["protocol"].flatMap(ScalarText.text) ?? "tcp") },
        .written("app_protocol", .text),
    ])

    /// All ports, ranges taken apart; of those published at the same place the last, where the first stood.
    @Sendable static func resolve(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        var ports: [ResolvedValue] = []
        var places: [ResolvedValue: Int] = [:]
        for item in node.sequence ?? [] {
            for port in expanded(item, resolution) {
                let key = identity(port)
                if let place = places[key] {
                    ports[place] = port
                } else {
                    places[key] = ports.count
                    ports.append(port)
                }
            }
        }
        return ports.isEmpty ? nil : .list(ports)
    }

    private static func identity(_ port: ResolvedValue) -> ResolvedValue {
        .list([
            port["host_ip"] ?? .string("0.0.0.0"), port["published"] ?? .null, port["target"] ?? .null,
            port["protocol"] ?? .null,
        ])
    }

    private static func expanded(_ node: Node, _ resolution: Resolution) -> [ResolvedValue] {
        if let mapping = node.mapping { return [.map(resolution.entries(mapping, form))] }
        guard let text = ScalarText.text(node) else { return [] }
        // A variable that was not put in can't be understood.
        guard let ports = parse(text) else { return [.string(text)] }
        return ports.map { port in
            var entries = [ResolvedValue.Entry("mode", .string("ingress"))]
            if !port.address.isEmpty { entries.append(ResolvedValue.Entry("host_ip", .string(port.address))) }
            entries.append(ResolvedValue.Entry("target", .integer(Int64(port.target))))
            if !port.published.isEmpty { entries.append(ResolvedValue.Entry("published", .string(port.published))) }
            entries.append(ResolvedValue.Entry("protocol", .string(port.transport)))
            return .map(entries)
        }
    }

    @Sendable private static func target(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        ScalarText.integer(node).map(ResolvedValue.integer) ?? resolution.verbatim(node)
    }

    /// One port of a short form.
    struct Parsed: Hashable {
        var address: String
        /// Empty, a port, or a range of which one is taken.
        var published: String
        var target: UInt16
        var transport: String
    }

    /// The ports that a short form stands for, sorted as text; `nil` where it is none.
    static func parse(_ text: String) -> [Parsed]? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let transport = parts.count == 2 ? parts[1].lowercased() : "tcp"
        guard let address = parts.first, ["tcp", "udp", "sctp"].contains(transport) else { return nil }
        var fields = address.split(separator: ":", omittingEmptySubsequences: false)
        var host = ""
        if fields.count > 2 {
            host = fields.dropLast(2).joined(separator: ":")
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            fields = Array(fields.suffix(2))
        }
        guard host.isEmpty || HostAddress.isValid(host), let last = fields.last, let targets = PortRange(last) else {
            return nil
        }
        guard fields.count == 2, !fields[0].isEmpty else {
            return sorted(targets.ports.map { Parsed(address: host, published: "", target: $0, transport: transport) })
        }
        guard let published = PortRange(fields[0], allowsZero: true) else { return nil }
        if published.count != targets.count {
            guard targets.count == 1 else { return nil }
            let range = "\(published.first)-\(published.last)"
            return [Parsed(address: host, published: range, target: targets.first, transport: transport)]
        }
        return sorted(
            zip(published.ports, targets.ports).map {
                Parsed(address: host, published: String($0), target: $1, transport: transport)
            })
    }

    private static func sorted(_ ports: [Parsed]) -> [Parsed] {
        ports.sorted { String($0.target) < String($1.target) }
    }
}
