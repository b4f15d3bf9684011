import Addresses
import EnvironmentFile

/// Gives out addresses in the order of the file, and what follows from them: /etc/hosts and the published ports.
struct AddressPlanner {
    /// `nil` where the subnet has no room for all.
    let network: NetworkPlan?
    let exhausted: PlanError.Kind
    /// Of the services in the order of the file, and last of the test's own container if it has one.
    let addresses: [IPv4Address]
    let hosts: [HostEntry]
    let ports: [PortPlan]

    init(name: String, services: [Service], subnet: IPv4Network, hasTestContainer: Bool) {
        let count = services.count + (hasTestContainer ? 1 : 0)
        // The base, the broadcast and the gateway's address are nobody's.
        let capacity = max((1 << (32 - subnet.prefixLength)) - 3, 0)
        exhausted = .tooManyServices(count: count, subnet: subnet, capacity: capacity)
        guard count <= capacity, let gateway = subnet.host(1) else {
            (network, addresses, hosts, ports) = (nil, [], [], [])
            return
        }
        let addresses = (0..<count).map { IPv4Address(rawValue: gateway.rawValue + UInt32($0) + 1) }
        self.addresses = addresses
        network = NetworkPlan(subnet: subnet, gateway: gateway)
        let names = Set(services.map(\.name))
        hosts = zip(services, addresses).map { service, address in
            Self.entry(of: service, project: name, address: address, taken: names)
        }
        ports = zip(services, addresses).flatMap { service, address in
            service.ports.map { Self.port($0, of: service, address: address) }
        }
    }

    /// A service's name always leads to it: no other's host name may take it away.
    private static func entry(
        of service: Service, project: String, address: IPv4Address, taken: Set<String>
    ) -> HostEntry {
        var names = [service.name]
        if let hostname = service.hostname, !taken.contains(hostname) { names.append(hostname) }
        if let replica = service.lifecycle.replica {
            names += [replica.service, "\(project)-\(service.name)"]
        } else {
            names.append("\(project)-\(service.name)-1")
        }
        return HostEntry(address: address, names: names)
    }

    private static func port(_ port: Port, of service: Service, address: IPv4Address) -> PortPlan {
        let first = port.published
        let last = max(port.publishedLast ?? first ?? 0, first ?? 0)
        return PortPlan(
            service: service.name, hostAddress: port.hostAddress ?? "127.0.0.1",
            hostPorts: first.map { Array($0...last) } ?? [], address: address, containerPort: port.target,
            transport: port.transport, position: port.position)
    }
}
