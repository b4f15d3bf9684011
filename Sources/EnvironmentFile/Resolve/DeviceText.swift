import YAML

/// `devices`: `HOST[:CONTAINER[:PERMISSIONS]]`, or the long form.
enum DeviceText {
    private static let form = ObjectForm([
        .written("source", .text), .written("target", .text), .written("permissions", .text),
    ])

    /// All devices; of those with the same name in the container the last, where the first stood.
    @Sendable static func resolve(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        var devices: [ResolvedValue] = []
        var places: [String: Int] = [:]
        for device in (node.sequence ?? []).compactMap({ device($0, resolution) }) {
            let target = device["target"]?.text ?? ""
            if let place = places[target] {
                devices[place] = device
            } else {
                places[target] = devices.count
                devices.append(device)
            }
        }
        return devices.isEmpty ? nil : .list(devices)
    }

    private static func device(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if let mapping = node.mapping { return .map(resolution.entries(mapping, form)) }
        guard let text = node.text else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let target = parts.count > 1 ? parts[1] : parts[0]
        let permissions = parts.count > 2 ? parts[2] : "rwm"
        return .map([
            ResolvedValue.Entry("source", .string(parts[0])), ResolvedValue.Entry("target", .string(target)),
            ResolvedValue.Entry("permissions", .string(permissions)),
        ])
    }
}
