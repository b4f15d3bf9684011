import Addresses
import EnvironmentFile
import OrderedCollections

/// Decides which networks there are, and gives every container its interfaces and addresses.
struct NetworkPlanner {
    let project: String
    let environment: Environment
    /// In the order of the file.
    let services: [Service]
    /// Of the default network.
    let subnet: IPv4Network
    let hasTestContainer: Bool
    /// Whoever is in it keeps its addresses, where its network is the same.
    var running: Plan?

    func layout(_ findings: inout Findings) -> NetworkLayout {
        var layout = NetworkLayout()
        layout.networks = networks(&findings)
        layout.connections = connections(on: layout.networks, &findings)
        layout.connections = shareAddresses(layout.connections)
        NamePlanner(project: project, services: services, networks: layout.networks)
            .plan(&layout, hasTestContainer: hasTestContainer, findings: &findings)
        layout.ports = zip(services, layout.connections).flatMap { service, connection in
            connection.isReachable ? service.ports.map { Self.port($0, of: service, at: connection.address) } : []
        }
        return layout
    }

    /// The keys of the networks that a service is on.
    private func keys(of service: Service) -> [String] {
        guard service.networking.mode == .networks else { return [] }
        let attachments = service.networking.attachments
        if attachments.isEmpty { return [Network.defaultKey] }
        return attachments.elements.sorted { left, right in
            left.value.priority != right.value.priority
                ? left.value.priority > right.value.priority : left.key < right.key
        }.map(\.key)
    }

    // MARK: Networks

    private func networks(_ findings: inout Findings) -> [NetworkPlan] {
        var used = Set(services.flatMap(keys))
        // A test on the host is on a network even where no service is.
        if services.allSatisfy({ $0.networking.mode == .networks }) && used.isEmpty || hasTestContainer && used.isEmpty
        {
            used.insert(Network.defaultKey)
        }
        var declared = Array(environment.networks.keys)
        if !declared.contains(Network.defaultKey) { declared.insert(Network.defaultKey, at: 0) }
        let keys = declared.filter(used.contains)
        let fixed = keys.flatMap { key in environment.networks[key]?.pools.map(\.subnet) ?? [] }
        var free = FreeSubnets(first: subnet, avoiding: fixed)
        let plans = keys.map { key in plan(key, environment.networks[key], &free) }
        for (number, network) in plans.enumerated() {
            for other in plans[..<number] where network.overlaps(other) {
                findings.add(
                    .subnetsOverlap(network: network.key, other: other.key),
                    at: environment.networks[network.key]?.position)
            }
        }
        return plans
    }

    private func plan(_ key: String, _ network: Network?, _ free: inout FreeSubnets) -> NetworkPlan {
        var subnet4: (IPv4Network, IPv4Address?)?
        var subnet6: (IPv6Network, IPv6Address?)?
        for pool in network?.pools ?? [] {
            switch (pool.subnet, pool.gateway) {
            case (.v4(let subnet), .v4(let gateway)?): subnet4 = (subnet, gateway)
            case (.v4(let subnet), _): subnet4 = (subnet, nil)
            case (.v6(let subnet), .v6(let gateway)?): subnet6 = (subnet, gateway)
            case (.v6(let subnet), _): subnet6 = (subnet, nil)
            }
        }
        let (subnet, gateway) = subnet4 ?? (free.next(), nil)
        var plan = NetworkPlan(
            key: key, name: network?.name ?? "\(project)_\(key)", subnet: subnet,
            gateway: gateway ?? subnet.host(1) ?? subnet.base, isInternal: network?.isInternal ?? false,
            mtu: network?.mtu)
        // A subnet of version 6 turns it on, as `docker network create` has it with `--ipv6`.
        if let network, network.hasIPv6 || subnet6 != nil {
            let (subnet, gateway) = subnet6 ?? (free.next6(), nil)
            plan.subnet6 = subnet
            plan.gateway6 = gateway ?? subnet.host(1)
        }
        return plan
    }

    // MARK: Containers

    private func connections(on networks: [NetworkPlan], _ findings: inout Findings) -> [Connection] {
        var allocators: [String: AddressAllocator] = [:]
        var kept: [String: [String: AttachmentPlan]] = [:]
        for network in networks {
            var allocator = AddressAllocator(network, environment.networks[network.key]?.pools ?? [])
            reserveFixed(on: network, &allocator, &findings)
            reserveKept(on: network, &allocator, &kept)
            allocators[network.key] = allocator
        }
        var connections = services.map { service in
            var planner = ConnectionPlanner(service: service, networks: networks)
            planner.kept = kept[service.name] ?? [:]
            return planner.connection(keys(of: service), &allocators, &findings)
        }
        if hasTestContainer {
            var test = Service(name: "test", position: environment.test?.position ?? Self.nowhere)
            for network in networks {
                test.networking.attachments[network.key] = NetworkAttachment(position: test.position)
            }
            let planner = ConnectionPlanner(service: test, networks: networks)
            connections.append(planner.connection(networks.map(\.key), &allocators, &findings))
        }
        checkRoom(networks, &findings)
        return connections
    }

    private static let nowhere = SourcePosition(file: "", line: 1, column: 1)

    private func reserveFixed(
        on network: NetworkPlan, _ allocator: inout AddressAllocator, _ findings: inout Findings
    ) {
        for service in services {
            guard let attachment = service.networking.attachments[network.key] else { continue }
            if let address = attachment.address, !allocator.reserve(address) {
                findings.add(.addressTaken(service: service.name, address: .v4(address)), at: attachment.position)
            }
            if let address = attachment.address6, !allocator.reserve(address) {
                findings.add(.addressTaken(service: service.name, address: .v6(address)), at: attachment.position)
            }
        }
    }

    /// Keeps the addresses of what runs, unless somebody has been given one of them by the file.
    private func reserveKept(
        on network: NetworkPlan, _ allocator: inout AddressAllocator, _ kept: inout [String: [String: AttachmentPlan]]
    ) {
        guard let running, running.networks.contains(network) else { return }
        for container in running.containers {
            guard var attachment = container.networking.attachments.first(where: { $0.network == network.key }) else {
                continue
            }
            guard allocator.reserve(attachment.address) else { continue }
            if let address = attachment.address6, !allocator.reserve(address) { attachment.address6 = nil }
            kept[container.name, default: [:]][network.key] = attachment
        }
    }

    private func checkRoom(_ networks: [NetworkPlan], _ findings: inout Findings) {
        for network in networks {
            let pools = environment.networks[network.key]?.pools ?? []
            let capacity = AddressAllocator(network, pools).capacity
            let count = services.count { keys(of: $0).contains(network.key) } + (hasTestContainer ? 1 : 0)
            guard count > capacity else { continue }
            let position = environment.networks[network.key]?.position
            findings.add(.tooManyServices(count: count, subnet: network.subnet, capacity: capacity), at: position)
        }
    }

    /// Who shares another's network is where the other is.
    private func shareAddresses(_ connections: [Connection]) -> [Connection] {
        var result = connections
        let numbers = Dictionary(
            services.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
        for number in services.indices {
            var owner = number
            // Bounded: a circle has been reported by the file's validation, but the caller may have made the value.
            for _ in services {
                guard let name = services[owner].networking.mode.service, let next = numbers[name] else { break }
                owner = next
            }
            if owner != number {
                result[number].address = connections[owner].address
                result[number].networking.mode = .container(services[owner].name)
                if connections[owner].networking.mode == .host { result[number].networking.mode = .host }
            }
        }
        return result
    }

    private static func port(_ port: Port, of service: Service, at address: IPv4Address) -> PortPlan {
        let first = port.published
        let last = max(port.publishedLast ?? first ?? 0, first ?? 0)
        return PortPlan(
            service: service.name, hostAddress: port.hostAddress ?? "127.0.0.1",
            hostPorts: first.map { Array($0...last) } ?? [], address: address, containerPort: port.target,
            transport: port.transport, position: port.position)
    }
}

extension Connection {
    /// Whether it has an address in the sandbox.
    fileprivate var isReachable: Bool { networking.mode != .host && address != .loopback }
}

extension NetworkPlan {
    fileprivate func overlaps(_ other: NetworkPlan) -> Bool {
        if subnet.overlaps(other.subnet) { return true }
        guard let subnet6, let other6 = other.subnet6 else { return false }
        return subnet6.overlaps(other6)
    }
}
