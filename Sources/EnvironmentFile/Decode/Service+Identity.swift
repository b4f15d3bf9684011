import YAML

extension ServiceDecoder {
    /// What the service is made of and how it is called.
    static let identityAttributes: [String: ServiceAttribute] = [
        "image": { node, service, decoding in
            service.image = decoding.nonEmpty(node, "'image'").map { Located($0, at: node.position) }
        },
        "build": { node, service, decoding in service.build = build(node, decoding) },
        "container_name": { node, service, decoding in
            service.containerName = decoding.nonEmpty(node, "'container_name'")
            service.containerNamePosition = node.position
        },
        "hostname": { node, service, decoding in service.hostname = hostname(node, decoding) },
        "labels": { node, service, decoding in service.labels = decoding.labels(node) },
        "platform": { node, service, decoding in service.platform = decoding.nonEmpty(node, "'platform'") },
        "pull_policy": { node, service, decoding in service.pullPolicy = pullPolicy(node, decoding) },
        "profiles": { node, service, decoding in service.profiles = decoding.texts(node) },
    ]

    private static func build(_ node: Node, _ decoding: Decoding) -> Build? {
        guard let mapping = node.mapping, let packages = mapping["packages"], let list = packages.sequence else {
            return nil
        }
        if list.isEmpty {
            decoding.diagnostics.error(
                .invalidValue, at: packages, "'packages' is empty", remedy: "name at least one package")
        }
        for item in list {
            guard let name = item.text, !isPackageName(name) else { continue }
            decoding.diagnostics.error(
                .invalidValue, at: item, "'\(name)' can't be a package's name",
                remedy: "write it as apt does: letters, digits, '+', '-', '.', ':', '=', '~' and '/'")
        }
        let distribution = mapping["distribution"].flatMap { decoding.nonEmpty($0, "'distribution'") }
        return Build(packages: list.compactMap(\.text), distribution: distribution, position: node.position)
    }

    /// A name with optional architecture, version or release; nothing that a package manager takes for an option.
    private static func isPackageName(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "-") else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: [UInt8]("+-.:=~/_".utf8).contains(byte)
            }
        }
    }

    /// A name of dot-separated labels by RFC 1123, at most the kernel's 64 bytes.
    static func hostname(_ node: Node, _ decoding: Decoding) -> String? {
        guard let name = decoding.nonEmpty(node, "'hostname'") else { return nil }
        let isValid =
            name.utf8.count <= 64
            && name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0.first != "-" && $0.last != "-"
                    && $0.utf8.allSatisfy { isNameByte($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
            }
        if !isValid {
            decoding.diagnostics.error(
                .unusable, at: node, "'\(name)' can't be a host's name",
                remedy: "use letters, digits, '-' and '.', at most 64 characters")
            return nil
        }
        return name
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    private static func pullPolicy(_ node: Node, _ decoding: Decoding) -> String? {
        guard let text = decoding.text(node) else { return nil }
        let names = ["always", "never", "missing", "if_not_present", "build", "daily", "weekly", "refresh"]
        let isPeriod = text.hasPrefix("every_") && DurationText.parse(String(text.dropFirst("every_".count))) != nil
        guard names.contains(text) || isPeriod else {
            decoding.diagnostics.error(
                .invalidValue, at: node, "'\(text)' is no pull policy",
                remedy: Suggestion.remedy(for: text, among: names) ?? "use one of \(names.joined(separator: ", "))")
            return nil
        }
        return text
    }
}
