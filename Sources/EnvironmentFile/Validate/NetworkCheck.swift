import Addresses
import OrderedCollections

/// Checks what services and networks say of each other, apart from references.
struct NetworkCheck {
    let environment: Environment
    let diagnostics: DiagnosticCollector

    /// Reports everything that is wrong.
    func run() {
        for service in environment.services.values {
            checkMode(of: service)
            for (key, attachment) in service.networking.attachments { check(attachment, key, of: service) }
        }
        checkExternal()
        checkSharing()
    }

    private func checkMode(of service: Service) {
        let networking = service.networking
        guard let position = networking.modePosition else { return }
        if networking.mode.service == service.name {
            diagnostics.error(
                .conflict, at: position, "service '\(service.name)' can't join its own network")
        }
        let isShared = networking.mode == .host || networking.mode.service != nil
        if networking.mode != .networks, let port = service.ports.first, networking.mode.service == nil {
            diagnostics.warning(
                .notHonoured, at: port.position,
                "ports of '\(service.name)' are not published: it has no network of the environment",
                remedy: isShared ? "remove 'ports': what it listens on is on the host already" : nil)
        }
    }

    private func check(_ attachment: NetworkAttachment, _ key: String, of service: Service) {
        let network = environment.networks[key]
        // A network that is not defined has been reported.
        if network != nil || key == Network.defaultKey { checkFixed(attachment, network, key) }
    }

    /// A fixed address needs a subnet that it is in.
    private func checkFixed(_ attachment: NetworkAttachment, _ network: Network?, _ key: String) {
        let pools = network?.pools ?? []
        let fixed = [attachment.address.map(IPAddress.v4), attachment.address6.map(IPAddress.v6)].compactMap { $0 }
        for address in fixed {
            if pools.contains(where: { $0.subnet.contains(address) }) { continue }
            diagnostics.error(
                .unusable, at: attachment.position,
                "address \(address) is in no subnet of network '\(key)'",
                remedy: "give the network a subnet that has it: 'ipam: {config: [{subnet: …}]}'")
        }
    }

    private func checkExternal() {
        let used = Set(environment.services.values.flatMap { $0.networking.attachments.keys })
        for (key, network) in environment.networks where network.isExternal && used.contains(key) {
            diagnostics.error(
                .notHonoured, at: network.position,
                "network '\(key)' is external, and an environment has only networks of its own",
                remedy: "remove 'external: true'; what is outside can be reached by 'extra_hosts' and published ports")
        }
    }

    /// `network_mode: service:…` must lead to a network in the end.
    private func checkSharing() {
        for service in environment.services.values {
            var seen: Set<String> = [service.name]
            var next = service.networking.mode.service
            while let name = next, let other = environment.services[name] {
                guard seen.insert(name).inserted else {
                    if name == service.name, seen.count > 1, let position = service.networking.modePosition {
                        diagnostics.error(
                            .conflict, at: position, "services share a network in a circle, so that none has one")
                    }
                    break
                }
                next = other.networking.mode.service
            }
        }
    }
}

extension Networking.Mode {
    /// The service whose network is shared.
    public var service: String? {
        if case .service(let name) = self { name } else { nil }
    }
}
