import Addresses
import Containers
import DNS
import Glibc
import LinuxKernel
import Orchestration

extension PlanTranslator {
    /// Bytes of the host's /etc/hosts and /etc/resolv.conf.
    private static let maximumHostFile = 1 << 20

    func networkSpecification(of container: ContainerPlan) -> NetworkSpecification {
        let mode: NetworkSpecification.Mode
        switch container.networking.mode {
        case .own: mode = .own
        case .host: mode = .host
        case .container(let name): mode = .container(name)
        }
        let attachments = container.networking.attachments
        return NetworkSpecification(
            mode: mode, interfaces: attachments.compactMap(interface),
            domainName: container.networking.domainName ?? "",
            hasNameServer: mode == .own && !attachments.isEmpty && !container.networking.servesNames)
    }

    private func interface(_ attachment: AttachmentPlan) -> InterfaceSpecification? {
        guard let number = plan.networks.firstIndex(where: { $0.key == attachment.network }) else { return nil }
        let network = plan.networks[number]
        return InterfaceSpecification(
            network: UInt8(truncatingIfNeeded: number), name: attachment.interfaceName, address: attachment.address,
            prefixLength: UInt8(network.subnet.prefixLength), address6: attachment.address6,
            prefixLength6: UInt8(network.subnet6?.prefixLength ?? 64),
            gateway: attachment.isGateway ? network.gateway : nil,
            gateway6: attachment.isGateway ? network.gateway6 : nil, hardwareAddress: attachment.hardwareAddress,
            mtu: network.mtu)
    }

    /// Whoever joins another's network has its host name too.
    func hostname(of container: ContainerPlan) -> String { owner(of: container).hostname }

    /// The container whose network this one has.
    private func owner(of container: ContainerPlan) -> ContainerPlan {
        guard case .container(let name) = container.networking.mode else { return container }
        return plan.containers.first { $0.name == name } ?? container
    }

    // MARK: Files

    /// The content of /etc/hosts.
    func hostsFile(of container: ContainerPlan) throws -> String {
        if container.networking.mode == .host {
            return try Self.hostFile("/etc/hosts") + hostsText.lines(container.hosts)
        }
        let owner = owner(of: container)
        guard owner.address != .loopback else { return hostsFile(container.hosts, own: nil) }
        let full = owner.networking.domainName.map { ["\(owner.hostname).\($0)"] } ?? []
        let own = HostEntry(address: owner.address, names: full + [owner.hostname])
        return hostsFile(container.hosts, own: own)
    }

    /// The content of /etc/hosts.
    func hostsFile(_ entries: [HostEntry], own: HostEntry?) -> String {
        let local = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
        let others = hostsText.lines(entries)
        guard let own else { return local + others }
        // A full name comes before the plain one, which else would be taken for it (hostname(1)).
        if own.names.count > 1 { return local + HostsText.line(own) + others }
        let isThere = entries.contains { $0.address == own.address && $0.names.contains(own.names.first ?? "") }
        return local + others + (isThere ? "" : HostsText.line(own))
    }

    /// Where a container that has port 53 for itself asks for names: at its network's bridge.
    func nameServer(of container: ContainerPlan) -> IPv4Address? {
        guard container.networking.servesNames, let first = container.networking.attachments.first else { return nil }
        return plan.networks.first { $0.key == first.network }?.gateway
    }

    /// The content of /etc/resolv.conf, as Docker writes it.
    func resolverConfiguration(of container: ContainerPlan) throws -> String {
        let owner = owner(of: container)
        if owner.networking.mode == .host { return try Self.hostFile("/etc/resolv.conf") }
        guard owner.networking.mode == .own, !owner.networking.attachments.isEmpty else { return "" }
        return resolver.configuration(
            nameServer: nameServer(of: owner) ?? NameServer.address, searchDomains: owner.networking.searchDomains,
            options: owner.networking.resolverOptions)
    }

    /// The host's own way of looking up names; without one, names of the outside are not known.
    static func hostResolver() throws -> ResolverConfiguration {
        ResolverConfiguration(try hostFile("/etc/resolv.conf"))
    }

    private static func hostFile(_ path: String) throws -> String {
        guard access(path, F_OK) == 0 else { return "" }
        return String(decoding: try readRegularFile(path, limit: maximumHostFile), as: UTF8.self)
    }
}

extension BridgeSpecification {
    init(_ network: NetworkPlan) {
        self.init(
            gateway: network.gateway, prefixLength: UInt8(network.subnet.prefixLength), gateway6: network.gateway6,
            prefixLength6: UInt8(network.subnet6?.prefixLength ?? 64), isInternal: network.isInternal,
            mtu: network.mtu)
    }
}
