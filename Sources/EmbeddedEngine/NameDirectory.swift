import Addresses
import Containers
import DNS
import Orchestration

/// The names of a plan, as the name server has them.
struct NameDirectory {
    /// The asker that a test on the host is.
    static let host = "@host"

    private let plan: Plan
    private let resolver: ResolverConfiguration

    init(_ plan: Plan, _ resolver: ResolverConfiguration) {
        self.plan = plan
        self.resolver = resolver
    }

    var contents: NameServer.Contents {
        var containers = plan.containers
        if case .container(let test)? = plan.test?.place { containers.append(test) }
        var members: [String: [Zone.Member]] = [:]
        for container in containers {
            for attachment in container.networking.attachments {
                members[attachment.network, default: []].append(attachment.member)
            }
        }
        let networks = plan.networks.map { network in
            let subnets = [IPNetwork.v4(network.subnet)] + (network.subnet6.map { [.v6($0)] } ?? [])
            return (
                network.key, Zone.Network(name: network.name, subnets: subnets, members: members[network.key] ?? [])
            )
        }
        var views: [String: (view: Zone.View, nameServers: [NameServer.Upstream])] = [:]
        for container in containers { views[container.name] = view(of: container) }
        views[Self.host] = (
            Zone.View(networks: plan.networks.map(\.key), own: Self.hostNames),
            resolver.nameServers.map { NameServer.Upstream(address: $0, isInside: false) }
        )
        let zone = Zone(networks: Dictionary(networks, uniquingKeysWith: { first, _ in first }))
        return NameServer.Contents(zone: zone, views: views)
    }

    private static let hostNames: [String: [IPAddress]] = Dictionary(
        uniqueKeysWithValues: NetworkPlan.hostNames.map { ($0, [.v4(NetworkPlan.hostGateway)]) })

    private func view(of container: ContainerPlan) -> (view: Zone.View, nameServers: [NameServer.Upstream]) {
        let networking = container.networking
        let keys = networking.attachments.map(\.network)
        let leadsOutside = networking.attachments.contains(where: \.isGateway)
        var own = networking.reachesHost ? Self.hostNames : [:]
        for link in networking.links { own[link.alias.lowercased()] = addresses(of: link.container, for: keys) }
        let servers = networking.nameServers.isEmpty ? resolver.nameServers : networking.nameServers
        let upstreams = servers.map { server in
            NameServer.Upstream(
                address: server, isInside: plan.networks.contains { IPNetwork.v4($0.subnet).contains(server) })
        }
        return (Zone.View(networks: keys, own: own, leadsOutside: leadsOutside), upstreams)
    }

    private func addresses(of name: String, for keys: [String]) -> [IPAddress] {
        guard let other = plan.containers.first(where: { $0.name == name }) else { return [] }
        let shared = keys.lazy.compactMap { key in other.networking.attachments.first { $0.network == key } }
        return shared.first?.member.addresses ?? []
    }
}

extension AttachmentPlan {
    fileprivate var member: Zone.Member {
        Zone.Member(names: names, addresses: [.v4(address)] + (address6.map { [.v6($0)] } ?? []))
    }
}
