import Addresses

extension Request: CustomStringConvertible {
    /// What the request asks for, in words that complete "cannot".
    public var description: String {
        switch self {
        case .createBridge(let bridge): "create bridge \(bridge.name)"
        case .createVeth(let pair): "create veth pair \(pair.end.name) and \(pair.peer.name)"
        case .change(let link, _): "change \(link)"
        case .delete(let link): "delete \(link)"
        case .addAddress(let address): "add address \(address) to interface \(address.interface)"
        case .addRoute(let route): "add route \(route)"
        case .addRule(let rule): "add routing rule \(rule.priority)"
        case .setNeighbour(let neighbour): "set neighbour \(neighbour.address)"
        case .setNeighbourNotices(let interface, _): "set the neighbour notices of interface \(interface)"
        case .addAddress6(let address):
            "add address \(address.address)/\(address.prefixLength) to interface \(address.interface)"
        case .addDefaultRoute6(let gateway, _): "add route default via \(gateway)"
        }
    }
}

extension LinkReference: CustomStringConvertible {
    /// For messages.
    public var description: String {
        switch self {
        case .index(let index): "interface \(index)"
        case .name(let name): "interface \(name)"
        }
    }
}

extension InterfaceAddress: CustomStringConvertible {
    /// In CIDR notation: `10.0.0.2/24`.
    public var description: String { "\(address)/\(prefixLength)" }
}

extension Route: CustomStringConvertible {
    /// As ip-route(8) writes it: `default via 10.0.0.1`.
    public var description: String {
        (destination?.description ?? "default") + (gateway.map { " via \($0)" } ?? "")
            + (interface.map { " dev \($0)" } ?? "")
    }
}
