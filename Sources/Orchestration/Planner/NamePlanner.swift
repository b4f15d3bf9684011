import Addresses
import EnvironmentFile
import OrderedCollections

/// Decides who knows whom by which name: a name is visible only on networks that both are on.
struct NamePlanner {
    let project: String
    /// In the order of the file.
    let services: [Service]
    let networks: [NetworkPlan]

    /// A member of a network: the container's number, its addresses there and its names.
    private struct Member {
        var container: Int
        var address: IPv4Address
        var address6: IPv6Address?
        /// The same on every network.
        var own: [String]
        var aliases: [String]
    }

    func plan(_ layout: inout NetworkLayout, hasTestContainer: Bool, findings: inout Findings) {
        let members = members(layout.connections, hasTestContainer: hasTestContainer)
        for (key, list) in members {
            for member in list {
                addNames(of: member, on: key, &layout.connections[owner(of: member.container)].networking)
            }
        }
        // The test's own container is no service: others have no business with it.
        let visible = members.mapValues { $0.filter { $0.container < services.count } }
        // Most services are on the same networks and so have the same lines.
        var known: [[String]: [HostEntry]] = [:]
        for number in layout.connections.indices {
            let isTest = number == services.count
            let keys = layout.connections[owner(of: number)].networking.attachments.map(\.network)
            let shared = isTest ? entries(keys, members) : known[keys] ?? entries(keys, visible)
            if !isTest { known[keys] = shared }
            layout.connections[number].hosts = shared
            if !isTest { addOwn(services[number], keys, visible, &layout.connections[number], &findings) }
        }
        layout.hosts = entries(networks.map(\.key), visible)
        for service in services where service.networking.mode == .host {
            layout.hosts.append(HostEntry(address: NetworkPlan.hostGateway, names: [service.name]))
        }
    }

    private func addNames(of member: Member, on network: String, _ networking: inout NetworkingPlan) {
        for index in networking.attachments.indices where networking.attachments[index].network == network {
            networking.attachments[index].names += member.own + member.aliases
        }
    }

    /// What only this service knows.
    private func addOwn(
        _ service: Service, _ keys: [String], _ members: [String: [Member]], _ connection: inout Connection,
        _ findings: inout Findings
    ) {
        connection.hosts += links(of: service, keys, members, &connection.networking, &findings)
        let isOnHost = connection.networking.mode == .host
        connection.hosts += service.networking.extraHosts.map { host in
            switch host.target {
            case .address(let address): HostEntry(address: address, names: [host.name])
            case .hostGateway:
                HostEntry(address: isOnHost ? .loopback : NetworkPlan.hostGateway, names: [host.name])
            }
        }
        connection.networking.reachesHost = !isOnHost && service.networking.extraHosts.contains { $0.target.isHost }
    }

    /// Whose interfaces a container has.
    private func owner(of number: Int) -> Int {
        var owner = number
        for _ in services {
            guard owner < services.count, let name = services[owner].networking.mode.service,
                let next = services.firstIndex(where: { $0.name == name })
            else { break }
            owner = next
        }
        return owner
    }

    // MARK: Members

    private func members(_ connections: [Connection], hasTestContainer: Bool) -> [String: [Member]] {
        var members: [String: [Member]] = [:]
        let taken = Set(services.map(\.name))
        for (number, service) in services.enumerated() {
            let own = names(of: service, taken: taken)
            let owner = owner(of: number)
            for attachment in connections[owner].networking.attachments {
                let aliases = owner == number ? service.networking.attachments[attachment.network]?.aliases ?? [] : []
                members[attachment.network, default: []].append(
                    Member(
                        container: number, address: attachment.address, address6: attachment.address6, own: own,
                        aliases: aliases.filter { !own.contains($0) }))
            }
        }
        if hasTestContainer, let test = connections.last {
            for attachment in test.networking.attachments where !taken.contains("test") {
                members[attachment.network, default: []].append(
                    Member(
                        container: services.count, address: attachment.address, address6: attachment.address6,
                        own: ["test"], aliases: []))
            }
        }
        return members
    }

    /// A service's name always leads to it: no other's host name may take it away.
    private func names(of service: Service, taken: Set<String>) -> [String] {
        var names = [service.name]
        if let hostname = service.hostname, !taken.contains(hostname) { names.append(hostname) }
        // Replicas answer to their service's name as well.
        if let replica = service.lifecycle.replica { names.append(replica.service) }
        let container =
            service.containerName ?? "\(project)-\(service.name)" + (service.lifecycle.replica == nil ? "-1" : "")
        if !names.contains(container), !taken.contains(container) { names.append(container) }
        return names
    }

    // MARK: Lines

    /// The lines for whoever is on these networks: of a container that is on several of them, its names lead to the
    /// first, its aliases to the network that has them.
    private func entries(_ keys: [String], _ members: [String: [Member]]) -> [HostEntry] {
        var lines: [(container: Int, entry: HostEntry)] = []
        var known: Set<Int> = []
        for key in keys {
            let list = members[key] ?? []
            // A name that leads to several is the name server's: it gives all of them, in turn.
            var count: [String: Int] = [:]
            for member in list { for name in member.own + member.aliases { count[name, default: 0] += 1 } }
            for member in list {
                let own = known.insert(member.container).inserted ? member.own : []
                let names = own + member.aliases.filter { count[$0] == 1 }
                guard !names.isEmpty else { continue }
                lines.append((member.container, HostEntry(address: member.address, names: names)))
                if let address = member.address6 {
                    lines.append((member.container, HostEntry(address: .v6(address), names: names)))
                }
            }
        }
        return lines.enumerated().sorted { ($0.element.container, $0.offset) < ($1.element.container, $1.offset) }
            .map(\.element.entry)
    }

    private func links(
        of service: Service, _ keys: [String], _ members: [String: [Member]], _ networking: inout NetworkingPlan,
        _ findings: inout Findings
    ) -> [HostEntry] {
        var result: [HostEntry] = []
        for link in service.networking.links {
            guard let number = services.firstIndex(where: { $0.name == link.service }) else { continue }
            let member = keys.lazy.compactMap { key in members[key]?.first { $0.container == number } }.first
            guard let member else {
                findings.notice(
                    .linkWithoutNetwork(service: service.name, other: link.service), at: link.position)
                continue
            }
            guard !member.own.contains(link.alias) else { continue }
            networking.links.append(LinkPlan(alias: link.alias, container: link.service))
            result.append(HostEntry(address: member.address, names: [link.alias]))
        }
        return result
    }
}

extension ExtraHost.Target {
    /// Whether it is the machine that the harness runs on, by word or by the address that stands for it.
    fileprivate var isHost: Bool {
        switch self {
        case .hostGateway: true
        case .address(let address): address == .v4(NetworkPlan.hostGateway)
        }
    }
}
