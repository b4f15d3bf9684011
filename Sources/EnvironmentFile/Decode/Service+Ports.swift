import YAML

extension ServiceDecoder {
    /// `ports` and `expose`.
    static let portAttributes: [String: ServiceAttribute] = [
        "ports": { node, service, decoding in
            for item in node.sequence ?? [] {
                service.ports += item.mapping == nil ? shortPorts(item, decoding) : longPort(item, decoding)
            }
        },
        "expose": { node, service, decoding in
            service.expose = (node.sequence ?? []).compactMap { item in
                guard let text = item.text else { return nil }
                if PortRange(text.prefix { $0 != "/" }) != nil { return text }
                decoding.diagnostics.error(.unusable, at: item, "'\(text)' is not a port")
                return nil
            }
        },
    ]

    /// Decodes `[ADDRESS:][PUBLISHED[-LAST]:]TARGET[-LAST][/PROTOCOL]`.
    private static func shortPorts(_ node: Node, _ decoding: Decoding) -> [Port] {
        guard let text = decoding.text(node).map({ ScalarText.text(node) ?? $0 }) else { return [] }
        func fail(_ message: String) -> [Port] {
            decoding.diagnostics.error(
                .invalidValue, at: node, "\(message) in '\(text)'",
                remedy: "write CONTAINER, HOST:CONTAINER or ADDRESS:HOST:CONTAINER, with '/udp' where needed")
            return []
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = parts.first else { return fail("too many slashes") }
        let name = parts.count == 2 ? String(parts[1]) : "tcp"
        guard let transport = transport(name, node, decoding, isShort: true) else { return [] }
        var fields: [Substring] = []
        var host: String?
        if address.hasPrefix("["), let end = address.firstIndex(of: "]") {
            host = String(address[address.index(after: address.startIndex)..<end])
            fields = address[address.index(after: end)...].dropFirst().split(
                separator: ":", omittingEmptySubsequences: false)
        } else {
            fields = address.split(separator: ":", omittingEmptySubsequences: false)
            if fields.count > 2 { host = fields.dropLast(2).joined(separator: ":") }
        }
        if let host, !HostAddress.isValid(host) { return fail("'\(host)' is not an address") }
        guard let last = fields.last, let target = PortRange(last) else {
            return fail("'\(fields.last ?? "")' is not a container port from 1 to 65535")
        }
        let publishedText = fields.count > 1 ? fields[fields.count - 2] : ""
        guard !publishedText.isEmpty else {
            return ports(target, nil, host, transport, node)
        }
        guard let published = PortRange(publishedText, allowsZero: true) else {
            return fail("'\(publishedText)' is not a host port from 1 to 65535")
        }
        guard target.count == 1 || target.count == published.count else {
            return fail("the ranges are of different length")
        }
        return ports(target, published, host, transport, node)
    }

    private static func ports(
        _ target: PortRange, _ published: PortRange?, _ host: String?, _ transport: Port.Transport, _ node: Node
    ) -> [Port] {
        func port(_ target: UInt16, _ first: UInt16?, _ last: UInt16?) -> Port {
            Port(
                target: target, published: first == 0 ? nil : first, publishedLast: last, hostAddress: host,
                transport: transport, position: node.position)
        }
        guard let published else { return target.ports.map { port($0, nil, nil) } }
        if target.count == 1 {
            return [port(target.first, published.first, published.count > 1 ? published.last : nil)]
        }
        return zip(target.ports, published.ports).map { port($0, $1, nil) }
    }

    private static func longPort(_ node: Node, _ decoding: Decoding) -> [Port] {
        guard let mapping = node.mapping, let targetNode = mapping["target"] else { return [] }
        guard let text = targetNode.text, let target = PortRange(Substring(text)), target.count == 1 else {
            decoding.diagnostics.error(
                ScalarText.integer(targetNode).map { $0 >= 0 } ?? false ? .unusable : .invalidValue, at: targetNode,
                "'target' must be a port from 1 to 65535, not '\(targetNode.text ?? "")'"
            )
            return []
        }
        var published: PortRange?
        if let publishedNode = mapping["published"], let text = decoding.text(publishedNode), !text.isEmpty {
            published = PortRange(Substring(text), allowsZero: true)
            if published == nil {
                decoding.diagnostics.error(
                    .unusable, at: publishedNode,
                    "'published' must be a port from 1 to 65535 or a range, not '\(text)'")
                return []
            }
        }
        var host: String?
        if let hostNode = mapping["host_ip"], let text = decoding.text(hostNode), !text.isEmpty {
            guard HostAddress.isValid(text) else {
                decoding.diagnostics.error(.invalidValue, at: hostNode, "'\(text)' is not an address")
                return []
            }
            host = text
        }
        let name = decoding.given(mapping["protocol"]) ?? "tcp"
        guard let transport = transport(name, mapping["protocol"] ?? node, decoding) else { return [] }
        return ports(target, published, host, transport, node)
    }

    private static func transport(
        _ name: String, _ node: Node, _ decoding: Decoding, isShort: Bool = false
    ) -> Port.Transport? {
        if let transport = Port.Transport(rawValue: name.lowercased()) { return transport }
        if name.lowercased() == "sctp" {
            decoding.diagnostics.warning(
                .notHonoured, at: node, "ports of protocol 'sctp' are not published by this version")
        } else {
            decoding.diagnostics.error(
                isShort ? .invalidValue : .unusable, at: node, "'\(name)' is not a protocol",
                remedy: "use 'tcp' or 'udp'")
        }
        return nil
    }
}
