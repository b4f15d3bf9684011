import OrderedCollections
import YAML

extension ServiceDecoder {
    /// What the service is made of and how it is called.
    static let identityAttributes: [String: ServiceAttribute] = [
        "image": { node, service, decoding in
            service.image = decoding.imageName(node).map { Located($0, at: node.position) }
        },
        "container_name": { node, service, decoding in
            service.containerName = decoding.given(node)
            service.containerNamePosition = node.position
        },
        "hostname": { node, service, decoding in service.hostname = hostname(node, decoding) },
        "platform": { node, service, decoding in service.platform = decoding.given(node) },
        "pull_policy": { node, service, decoding in service.pullPolicy = pullPolicy(node, decoding) },
        "profiles": { node, service, decoding in service.profiles = decoding.texts(node) },
    ]

    /// A name of dot-separated labels by RFC 1123, at most the kernel's 64 bytes.
    static func hostname(_ node: Node, _ decoding: Decoding) -> String? {
        guard let name = decoding.given(node) else { return nil }
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
        guard let text = decoding.given(node) else { return nil }
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

    /// Those of `label_file`, of which later ones win, and those of `labels`, which win over them.
    static func labels(_ service: Mapping, _ decoding: Decoding) -> OrderedDictionary<String, String> {
        var result: OrderedDictionary<String, String> = [:]
        for file in service["label_file"]?.sequence ?? [] {
            for label in LabelFile.labels(file, decoding) { result[label.name] = label.value }
        }
        for label in service["labels"].map(decoding.labels) ?? [:] { result[label.key] = label.value }
        return result
    }
}
