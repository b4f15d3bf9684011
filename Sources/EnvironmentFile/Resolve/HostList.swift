import YAML

/// `extra_hosts`: names and addresses, as a list of `NAME=ADDRESS`.
enum HostList {
    @Sendable static func resolve(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document { return resolution.verbatim(node) }
        var hosts: [(name: String, address: String)] = []
        for entry in node.mapping?.entries ?? [] {
            guard let name = entry.key.text else { continue }
            for address in entry.value.sequence ?? [entry.value] {
                hosts.append((name, unbracketed(address.text ?? "")))
            }
        }
        for item in node.sequence ?? [] {
            guard let text = item.text, let (name, address) = split(text) else { continue }
            hosts.append((name, address))
        }
        var seen: Set<String> = []
        let texts = hosts.map { "\($0.name)=\($0.address)" }.filter { seen.insert($0).inserted }.sorted()
        return texts.isEmpty ? nil : .list(texts.map(ResolvedValue.string))
    }

    /// `NAME=ADDRESS` or `NAME:ADDRESS`; `nil` where there is no address.
    static func split(_ text: String) -> (name: String, address: String)? {
        let separator: Character = text.contains("=") ? "=" : ":"
        guard let index = text.firstIndex(of: separator) else { return nil }
        let address = text[text.index(after: index)...]
        return address.isEmpty ? nil : (String(text[..<index]), unbracketed(String(address)))
    }

    private static func unbracketed(_ address: String) -> String {
        address.hasPrefix("[") && address.hasSuffix("]") ? String(address.dropFirst().dropLast()) : address
    }
}
