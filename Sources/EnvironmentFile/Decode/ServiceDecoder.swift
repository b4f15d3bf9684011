import YAML

/// One attribute's way from its node into the service.
typealias ServiceAttribute = @Sendable (Node, inout Service, Decoding) -> Void

/// Decodes one entry of `services:` by the table of its attributes.
enum ServiceDecoder {
    /// Every attribute that this version honours; the schema knows the others.
    private static let attributes: [String: ServiceAttribute] = [
        identityAttributes, processAttributes, mountAttributes, grantAttributes, dependencyAttributes,
        healthAttributes, readyAttributes, portAttributes, securityAttributes, limitAttributes,
        isolationAttributes, deviceAttributes, resourceAttributes, lifecycleAttributes,
        networkAttributes, nameAttributes, buildAttributes, integrationAttributes,
    ].reduce(into: [:]) { table, group in table.merge(group) { first, _ in first } }

    static func decode(_ entry: Mapping.Entry, _ decoding: Decoding) -> Service? {
        guard let name = entry.key.text, let mapping = entry.value.mapping else { return nil }
        var service = Service(name: name, position: entry.key.position)
        checkName(name, entry.key, decoding)
        for attribute in mapping.entries {
            guard let key = attribute.key.text, let decode = attributes[key] else { continue }
            decode(attribute.value, &service, decoding)
        }
        service.environment = environment(mapping, decoding)
        service.labels = labels(mapping, decoding)
        checkOrigin(entry, mapping, service, decoding)
        return service
    }

    /// Checks for `[a-zA-Z0-9._-]+`.
    private static func checkName(_ name: String, _ key: Node, _ decoding: Decoding) {
        let isValid =
            !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: [UInt8]("._-".utf8).contains(byte)
                }
            }
        if !isValid {
            decoding.diagnostics.error(
                .invalidValue, at: key, "'\(name)' can't be a service's name",
                remedy: "use letters, digits, '.', '_' and '-'")
        }
    }

    private static func checkOrigin(
        _ entry: Mapping.Entry, _ mapping: Mapping, _ service: Service, _ decoding: Decoding
    ) {
        guard service.image == nil, service.build == nil else { return }
        // What is there but wrong has been reported; so has the reason why a service could not be extended.
        if mapping["extends"] != nil, decoding.diagnostics.hasErrors { return }
        if mapping["image"] != nil || mapping["build"]?.mapping?["packages"] != nil { return }
        for (key, remedy) in [
            ("build", "add 'image:', or list 'packages:' under 'build:'"),
            ("provider", "add 'image:'"),
        ] {
            guard let origin = mapping.entry(key) else { continue }
            decoding.diagnostics.error(
                .notHonoured, at: origin.key,
                "service '\(service.name)' has no 'image', and this version can't get one by '\(key)'", remedy: remedy)
            return
        }
        decoding.diagnostics.error(
            .missingKey, at: entry.key, "service '\(service.name)' has neither 'image' nor 'build'",
            remedy: "add 'image: NAME'")
    }
}
