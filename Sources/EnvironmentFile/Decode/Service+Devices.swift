import YAML

extension ServiceDecoder {
    /// `devices` and `device_cgroup_rules`.
    static let deviceAttributes: [String: ServiceAttribute] = [
        "devices": { node, service, decoding in
            service.isolation.devices = (node.sequence ?? []).compactMap { item in
                item.mapping == nil ? shortDevice(item, decoding) : longDevice(item, decoding)
            }
        },
        "device_cgroup_rules": { node, service, decoding in
            service.isolation.deviceRules = (node.sequence ?? []).compactMap { rule($0, decoding) }
        },
    ]

    /// Decodes `SOURCE[:TARGET[:PERMISSIONS]]`.
    private static func shortDevice(_ node: Node, _ decoding: Decoding) -> DeviceMapping? {
        guard let text = decoding.nonEmpty(node, "an entry of 'devices'", .unusable) else { return nil }
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var permissions = "rwm"
        if parts.count > 1, let last = parts.last, isPermissions(last) {
            permissions = last
            parts.removeLast()
        }
        guard (1...2).contains(parts.count), !parts.contains("") else {
            decoding.diagnostics.error(
                .invalidValue, at: node, "'\(text)' is not a device",
                remedy: "write /dev/SOURCE, /dev/SOURCE:/dev/TARGET or /dev/SOURCE:/dev/TARGET:rw")
            return nil
        }
        return device(source: parts[0], target: parts.last ?? parts[0], permissions: permissions, node, decoding)
    }

    private static func longDevice(_ node: Node, _ decoding: Decoding) -> DeviceMapping? {
        guard let mapping = node.mapping, let source = decoding.text(mapping["source"]) else { return nil }
        let permissions = decoding.text(mapping["permissions"]) ?? "rwm"
        return device(
            source: source, target: decoding.text(mapping["target"]) ?? source, permissions: permissions, node,
            decoding)
    }

    private static func device(
        source: String, target: String, permissions: String, _ node: Node, _ decoding: Decoding
    ) -> DeviceMapping? {
        guard source.hasPrefix("/"), target.hasPrefix("/") else {
            if source.contains("="), source == target {
                decoding.diagnostics.error(
                    .notHonoured, at: node,
                    "'\(source)' is a device of the Container Device Interface, which this "
                        + "version does not read", remedy: "name the device's file below /dev")
                return nil
            }
            decoding.diagnostics.error(
                .unusable, at: node, "a device's paths must be absolute, not '\(source)'",
                remedy: "write '/dev/NAME'")
            return nil
        }
        return DeviceMapping(
            source: Path.normalized(source), target: Path.normalized(target), permissions: permissions,
            position: node.position)
    }

    private static func isPermissions(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 3 && text.allSatisfy { "rwm".contains($0) }
            && Set(text).count == text.count
    }

    /// Decodes `TYPE MAJOR:MINOR PERMISSIONS`, with `*` for any number.
    private static func rule(_ node: Node, _ decoding: Decoding) -> Located<String>? {
        guard let text = node.text else { return nil }
        let fields = text.split(separator: " ")
        let numbers = fields.count == 3 ? fields[1].split(separator: ":", omittingEmptySubsequences: false) : []
        let isValid =
            numbers.count == 2 && ["a", "b", "c"].contains(fields[0]) && isPermissions(String(fields[2]))
            && numbers.allSatisfy { $0 == "*" || UInt32($0) != nil }
        guard isValid else {
            decoding.diagnostics.error(
                .unusable, at: node, "'\(text)' is not a rule for devices",
                remedy: "write TYPE MAJOR:MINOR PERMISSIONS, such as 'c 1:3 rwm' or 'b 8:* r'")
            return nil
        }
        return Located(text, at: node.position)
    }
}
