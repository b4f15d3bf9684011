import Addresses
import OrderedCollections
import YAML

/// Decodes `networks:` of the top level.
struct NetworkDecoder {
    let decoding: Decoding
    let projectName: String

    private static let mtuOption = "com.docker.network.driver.mtu"

    func networks(_ node: Node?) -> OrderedDictionary<String, Network> {
        var result: OrderedDictionary<String, Network> = [:]
        for entry in node?.mapping?.entries ?? [] {
            guard let key = entry.key.text else { continue }
            result[key] = network(key, entry)
        }
        return result
    }

    private func network(_ key: String, _ entry: Mapping.Entry) -> Network {
        var network = Network(name: "\(projectName)_\(key)", position: entry.key.position)
        guard let mapping = entry.value.mapping else { return network }
        let external = mapping["external"]
        network.isExternal = external.flatMap { $0.mapping != nil ? true : decoding.boolean($0) } ?? false
        if network.isExternal {
            network.name = decoding.text(external?.mapping?["name"]) ?? key
        }
        if let name = mapping["name"].flatMap({ decoding.given($0) }) { network.name = name }
        network.isInternal = decoding.boolean(mapping["internal"]) ?? false
        network.hasIPv6 = decoding.boolean(mapping["enable_ipv6"]) ?? false
        network.labels = mapping["labels"].map(decoding.labels) ?? [:]
        network.mtu = options(mapping["driver_opts"])
        network.pools = pools(mapping["ipam"]?.mapping, of: key)
        checkDriver(mapping["driver"])
        if decoding.boolean(mapping["enable_ipv4"]) == false, let node = mapping.entry("enable_ipv4") {
            notHonoured(node.key, "'enable_ipv4: false' is not honoured by this version; the network has IPv4 too")
        }
        if decoding.boolean(mapping["attachable"]) == true, let node = mapping.entry("attachable") {
            notHonoured(node.key, "'attachable' is not honoured: nothing from outside can join the environment")
        }
        return network
    }

    private func notHonoured(_ node: Node, _ message: String, remedy: String? = nil) {
        decoding.diagnostics.warning(.notHonoured, at: node, message, remedy: remedy)
    }

    private func checkDriver(_ node: Node?) {
        guard let node, let driver = decoding.text(node), !["", "bridge", "default"].contains(driver) else { return }
        notHonoured(
            node, "network driver '\(driver)' is not honoured by this version; the network is a bridge",
            remedy: "write 'driver: bridge'")
    }

    private func options(_ node: Node?) -> UInt32? {
        var mtu: UInt32?
        for entry in node?.mapping?.entries ?? [] {
            guard let key = entry.key.text else { continue }
            if key == Self.mtuOption {
                mtu = decoding.integer(entry.value, "'\(key)'", in: 68...65535).map(UInt32.init)
                if mtu == nil, entry.value.text.flatMap(ScalarText.integer) == nil {
                    decoding.diagnostics.error(.unusable, at: entry.value, "'\(key)' must be a number of bytes")
                }
            } else {
                notHonoured(entry.key, "network option '\(key)' is not honoured by this version")
            }
        }
        return mtu
    }

    // MARK: Addresses

    private func pools(_ mapping: Mapping?, of key: String) -> [AddressPool] {
        guard let mapping else { return [] }
        if let driver = mapping["driver"], let name = decoding.text(driver), !["", "default"].contains(name) {
            notHonoured(driver, "address manager '\(name)' is not honoured by this version")
        }
        var result: [AddressPool] = []
        for item in mapping["config"]?.sequence ?? [] {
            guard let fields = item.mapping, let pool = pool(fields, item) else { continue }
            if result.contains(where: { $0.subnet.isVersion6 == pool.subnet.isVersion6 }) {
                notHonoured(
                    item, "only the first subnet of each version of network '\(key)' is honoured by this version")
                continue
            }
            result.append(pool)
        }
        return result
    }

    private func pool(_ fields: Mapping, _ node: Node) -> AddressPool? {
        guard let subnetNode = fields["subnet"], let text = decoding.text(subnetNode) else {
            if let given = fields.entries.first {
                decoding.diagnostics.error(
                    .unusable, at: given.key, "'\(given.key.text ?? "")' needs a 'subnet' beside it")
            }
            return nil
        }
        guard let subnet = IPNetwork(text) else {
            decoding.diagnostics.error(
                .unusable, at: subnetNode, "'\(text)' is not a subnet", remedy: "write it as '172.28.0.0/16'")
            return nil
        }
        var pool = AddressPool(subnet: subnet, position: node.position)
        if let rangeNode = fields["ip_range"], let text = decoding.text(rangeNode) {
            pool.range = IPNetwork(text)
            if pool.range.map({ $0.isWithin(subnet) }) != true {
                decoding.diagnostics.error(
                    .unusable, at: rangeNode, "'\(text)' is not a part of subnet \(subnet)")
            }
        }
        if let gatewayNode = fields["gateway"] { pool.gateway = address(gatewayNode, in: subnet) }
        for entry in fields["aux_addresses"]?.mapping?.entries ?? [] {
            if let address = address(entry.value, in: subnet) { pool.reserved.append(address) }
        }
        return pool
    }

    private func address(_ node: Node, in subnet: IPNetwork) -> IPAddress? {
        guard let text = decoding.text(node) else { return nil }
        guard let address = IPAddress(text), subnet.contains(address) else {
            decoding.diagnostics.error(.unusable, at: node, "'\(text)' is not an address of subnet \(subnet)")
            return nil
        }
        return address
    }
}

extension IPNetwork {
    var isVersion6: Bool {
        if case .v6 = self { true } else { false }
    }

    /// Whether every address of it is one of the other's.
    fileprivate func isWithin(_ other: IPNetwork) -> Bool {
        switch (self, other) {
        case (.v4(let part), .v4(let whole)):
            part.prefixLength >= whole.prefixLength && whole.contains(part.base)
        case (.v6(let part), .v6(let whole)):
            part.prefixLength >= whole.prefixLength && whole.contains(part.base)
        default: false
        }
    }
}
