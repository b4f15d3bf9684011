import Addresses
import OrderedCollections
import YAML

extension ServiceDecoder {
    /// `networks`, `network_mode` and `mac_address`.
    static let networkAttributes: [String: ServiceAttribute] = [
        "networks": { node, service, decoding in
            for name in node.sequence ?? [] {
                guard let key = name.text else { continue }
                service.networking.attachments[key] = NetworkAttachment(position: name.position)
            }
            for entry in node.mapping?.entries ?? [] {
                guard let key = entry.key.text else { continue }
                service.networking.attachments[key] = attachment(entry, decoding)
            }
        },
        "network_mode": { node, service, decoding in
            service.networking.modePosition = node.position
            service.networking.mode = networkMode(node, decoding) ?? .networks
        },
        "mac_address": { node, service, decoding in
            service.networking.hardwareAddress = hardwareAddress(node, decoding)
        },
    ]

    private static let interfaceOption = "com.docker.network.endpoint.ifname"

    private static func attachment(_ entry: Mapping.Entry, _ decoding: Decoding) -> NetworkAttachment {
        var result = NetworkAttachment(position: entry.key.position)
        for field in entry.value.mapping?.entries ?? [] {
            switch field.key.text {
            case "aliases":
                result.aliases = (field.value.sequence ?? []).compactMap { hostName($0, "an alias", decoding) }
            case "ipv4_address":
                result.address = address(field.value, decoding, "an IPv4 address", { IPv4Address($0) })
            case "ipv6_address":
                result.address6 = address(field.value, decoding, "an IPv6 address", { IPv6Address($0) })
            case "mac_address": result.hardwareAddress = hardwareAddress(field.value, decoding)
            case "priority": result.priority = number(field.value)
            case "gw_priority": result.gatewayPriority = number(field.value)
            case "interface_name": result.interfaceName = interfaceName(field.value, decoding)
            case "driver_opts": endpointOptions(field.value, &result, decoding)
            default: break
            }
        }
        return result
    }

    private static func endpointOptions(_ node: Node, _ result: inout NetworkAttachment, _ decoding: Decoding) {
        for option in node.mapping?.entries ?? [] {
            guard let key = option.key.text else { continue }
            if key == interfaceOption {
                result.interfaceName = result.interfaceName ?? interfaceName(option.value, decoding)
            } else {
                decoding.diagnostics.warning(
                    .notHonoured, at: option.key, "network option '\(key)' is not honoured by this version")
            }
        }
    }

    private static func number(_ node: Node) -> Double { node.text.flatMap { Double($0) } ?? 0 }

    private static func networkMode(_ node: Node, _ decoding: Decoding) -> Networking.Mode? {
        guard let text = decoding.given(node) else { return nil }
        switch text {
        case "none": return Networking.Mode.none
        case "host": return .host
        case "bridge", "default": return .networks
        default: break
        }
        if text.hasPrefix("service:"), text.count > "service:".count {
            return .service(String(text.dropFirst("service:".count)))
        }
        let isContainer = text.hasPrefix("container:")
        decoding.diagnostics.error(
            isContainer ? .notHonoured : .unusable, at: node,
            isContainer
                ? "a container from outside of the environment can't be joined ('\(text)')"
                : "'\(text)' is no network mode",
            remedy: isContainer
                ? "write 'service:NAME' for one of this file" : "use 'none', 'host' or 'service:NAME', or 'networks:'")
        return nil
    }

    private static func hardwareAddress(_ node: Node, _ decoding: Decoding) -> HardwareAddress? {
        guard let text = decoding.given(node) else { return nil }
        if let address = HardwareAddress(text), !address.isMulticast, address.rawValue != 0 { return address }
        decoding.diagnostics.error(
            .unusable, at: node, "'\(text)' can't be an interface's hardware address",
            remedy: "write six pairs of hexadecimal digits, the first one even: '02:42:ac:11:65:43'")
        return nil
    }

    private static func address<Address>(
        _ node: Node, _ decoding: Decoding, _ kind: String, _ parse: (String) -> Address?
    ) -> Address? {
        guard let text = decoding.text(node), !text.isEmpty else { return nil }
        if let address = parse(text) { return address }
        decoding.diagnostics.error(.unusable, at: node, "'\(text)' is not \(kind)")
        return nil
    }

    /// What the kernel takes: 1 to 15 bytes, without `/`, `:` and white space (`dev_valid_name`).
    private static func interfaceName(_ node: Node, _ decoding: Decoding) -> String? {
        guard let name = decoding.given(node) else { return nil }
        let isValid =
            name.utf8.count <= 15 && ![".", "..", "lo"].contains(name)
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
        if isValid { return name }
        decoding.diagnostics.error(
            .unusable, at: node, "'\(name)' can't be an interface's name",
            remedy: "use at most 15 characters without '/', ':' and blanks, and not 'lo'")
        return nil
    }

    /// A name as /etc/hosts and name servers take it: labels of 1 to 63 bytes, 253 in all.
    static func hostName(_ node: Node, _ what: String, _ decoding: Decoding) -> String? {
        guard let name = decoding.nonEmpty(node, what, .unusable) else { return nil }
        if isHostName(name) { return name }
        decoding.diagnostics.error(
            .unusable, at: node, "'\(name)' can't be a host's name",
            remedy: "use letters, digits, '-', '_' and '.', at most 63 characters between dots")
        return nil
    }

    static func isHostName(_ name: String) -> Bool {
        name.utf8.count <= 253
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-")
                    && label.utf8.allSatisfy { byte in
                        switch byte {
                        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                        default: false
                        }
                    }
            }
    }
}
