import Addresses
import YAML

extension ServiceDecoder {
    /// `links`, `extra_hosts`, `dns…` and `domainname`: which names a service knows.
    static let nameAttributes: [String: ServiceAttribute] = [
        "links": { node, service, decoding in
            service.networking.links = (node.sequence ?? []).compactMap { link($0, decoding) }
        },
        "extra_hosts": { node, service, decoding in service.networking.extraHosts = extraHosts(node, decoding) },
        "dns": { node, service, decoding in
            service.networking.nameServers = list(node).compactMap { item in
                guard let text = decoding.text(item) else { return nil }
                if let address = IPAddress(text) { return address }
                decoding.diagnostics.error(.unusable, at: item, "'\(text)' is not an address of a name server")
                return nil
            }
        },
        "dns_search": { node, service, decoding in
            service.networking.searchDomains = list(node).compactMap { item in
                item.text == "." ? nil : hostName(item, "'dns_search'", decoding)
            }
        },
        "dns_opt": { node, service, decoding in
            service.networking.resolverOptions = list(node).compactMap { item in
                guard let text = decoding.nonEmpty(item, "an entry of 'dns_opt'", .unusable) else { return nil }
                if text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return text }
                decoding.diagnostics.error(.unusable, at: item, "'\(text)' is no option of a resolver")
                return nil
            }
        },
        "domainname": { node, service, decoding in
            service.networking.domainName = hostName(node, "'domainname'", decoding)
        },
    ]

    /// A single value counts as a list of one.
    private static func list(_ node: Node) -> [Node] { node.sequence ?? (node.isNull ? [] : [node]) }

    /// `SERVICE[:ALIAS]`.
    private static func link(_ node: Node, _ decoding: Decoding) -> ServiceLink? {
        guard let text = decoding.nonEmpty(node, "an entry of 'links'") else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, !parts.contains(""), isHostName(parts[parts.count - 1]) else {
            decoding.diagnostics.error(
                .unusable, at: node, "'\(text)' is not a link", remedy: "write SERVICE or SERVICE:ALIAS")
            return nil
        }
        return ServiceLink(service: parts[0], alias: parts[parts.count - 1], position: node.position)
    }

    /// `NAME=ADDRESS`, `NAME:ADDRESS`, or a mapping of names to one or several addresses.
    static func extraHosts(_ node: Node, _ decoding: Decoding) -> [ExtraHost] {
        var result: [ExtraHost] = []
        for item in node.sequence ?? [] {
            guard let text = decoding.nonEmpty(item, "an entry of 'extra_hosts'") else { continue }
            let separator = text.contains("=") ? Character("=") : ":"
            // What has no address has been reported.
            guard let place = text.firstIndex(of: separator) else { continue }
            let address = String(text[text.index(after: place)...])
            if let host = extraHost(String(text[..<place]), address, item, decoding) { result.append(host) }
        }
        for entry in node.mapping?.entries ?? [] {
            guard let name = entry.key.text else { continue }
            for value in list(entry.value) {
                if let host = extraHost(name, value.text ?? "", value, decoding) { result.append(host) }
            }
        }
        return result
    }

    private static func extraHost(
        _ name: String, _ written: String, _ node: Node, _ decoding: Decoding
    ) -> ExtraHost? {
        guard isHostName(name) else {
            decoding.diagnostics.error(.unusable, at: node, "'\(name)' can't be a host's name")
            return nil
        }
        if written == "host-gateway" { return ExtraHost(name: name, target: .hostGateway) }
        let isBracketed = written.hasPrefix("[") && written.hasSuffix("]")
        guard let address = IPAddress(isBracketed ? String(written.dropFirst().dropLast()) : written) else {
            decoding.diagnostics.error(
                .unusable, at: node, "'\(written)' is not an address",
                remedy: "write an IPv4 or IPv6 address, or 'host-gateway'")
            return nil
        }
        return ExtraHost(name: name, target: .address(address))
    }
}
