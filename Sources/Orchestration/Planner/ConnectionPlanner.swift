import Addresses
import EnvironmentFile
import OrderedCollections

/// Gives one service its interfaces.
struct ConnectionPlanner {
    let service: Service
    let networks: [NetworkPlan]
    /// By network: what its container that runs has.
    var kept: [String: AttachmentPlan] = [:]

    /// - Parameter keys: The networks it is on, in the order of their interfaces.
    func connection(
        _ keys: [String], _ allocators: inout [String: AddressAllocator], _ findings: inout Findings
    ) -> Connection {
        let networking = service.networking
        var plan = NetworkingPlan(
            nameServers: networking.nameServers, searchDomains: networking.searchDomains,
            resolverOptions: networking.resolverOptions, domainName: networking.domainName)
        switch networking.mode {
        case .networks, .none: plan.mode = .own
        case .host: plan.mode = .host
        case .service(let name): plan.mode = .container(name)
        }
        let gateway = gatewayKey(among: keys)
        for key in keys {
            guard let network = networks.first(where: { $0.key == key }) else { continue }
            let attachment = networking.attachments[key]
            // Where there is no room the whole network is reported.
            guard let address = attachment?.address ?? kept[key]?.address ?? allocators[key]?.allocate()
            else { continue }
            var planned = AttachmentPlan(
                network: key, interfaceName: interfaceName(attachment, number: plan.attachments.count),
                address: address, hardwareAddress: attachment?.hardwareAddress, isGateway: key == gateway)
            if network.subnet6 != nil {
                planned.address6 = attachment?.address6 ?? kept[key]?.address6 ?? allocators[key]?.allocate6()
            }
            if plan.attachments.isEmpty, planned.hardwareAddress == nil {
                planned.hardwareAddress = networking.hardwareAddress
            }
            if plan.attachments.contains(where: { $0.interfaceName == planned.interfaceName }) {
                findings.add(
                    .interfaceNameTaken(service: service.name, name: planned.interfaceName),
                    at: attachment?.position ?? service.position)
            }
            plan.attachments.append(planned)
        }
        return Connection(networking: plan, address: plan.attachments.first?.address ?? .loopback)
    }

    private func interfaceName(_ attachment: NetworkAttachment?, number: Int) -> String {
        attachment?.interfaceName ?? "eth\(number)"
    }

    /// The network of the default route: of those that lead out, the one that is preferred, else the first.
    private func gatewayKey(among keys: [String]) -> String? {
        let open = keys.filter { key in networks.contains { $0.key == key && !$0.isInternal } }
        let best = open.map { service.networking.attachments[$0]?.gatewayPriority ?? 0 }.max()
        return open.first { (service.networking.attachments[$0]?.gatewayPriority ?? 0) == best }
    }
}
