import YAML

/// `volumes` of a service: `[SOURCE:]TARGET[:OPTION,…]`, or the long form.
enum MountText {
    private static let form = ObjectForm([
        .written("type", .text),
        .derived("source", source),
        .written("target", .custom(target)),
        .written("read_only", .flag),
        .written("consistency", .text),
        .written("bind", .object(bind)),
        .written("volume", .object(volume)),
        .written("tmpfs", .object(tmpfs)),
        .written("image", .object(ObjectForm([.written("subpath", .text)]))),
    ])

    private static let bind = ObjectForm([
        .written("selinux", .text),
        .written("propagation", .text),
        .written("create_host_path", .flag),
        .written("recursive", .text),
    ])

    private static let volume = ObjectForm([
        .written("labels", .labels), .written("nocopy", .flag), .written("subpath", .text),
    ])

    private static let tmpfs = ObjectForm([.written("size", .size), .written("mode", .custom(mode))])

    /// All mounts; of those at the same target the last, where the first stood.
    @Sendable static func resolve(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        var mounts: [ResolvedValue] = []
        var places: [String: Int] = [:]
        for item in node.sequence ?? [] {
            let mount = item.mapping.map { ResolvedValue.map(resolution.entries($0, form)) } ?? short(item, resolution)
            guard let mount else { continue }
            let target = mount["target"]?.text ?? ""
            if let place = places[target] {
                mounts[place] = mount
            } else {
                places[target] = mounts.count
                mounts.append(mount)
            }
        }
        return mounts.isEmpty ? nil : .list(mounts)
    }

    // MARK: Long form

    @Sendable private static func source(_ mount: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        guard let text = mount["source"].flatMap(ScalarText.text), !text.isEmpty else { return nil }
        return .string(mount["type"]?.text == "bind" ? resolution.hostPath(text) : text)
    }

    @Sendable private static func target(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        ScalarText.text(node).map { .string(resolution.style == .document || $0.isEmpty ? $0 : cleaned($0)) }
    }

    @Sendable private static func mode(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document { return resolution.verbatim(node) }
        let isNumber = node.scalar?.style == .plain
        let mode = isNumber ? ScalarText.integer(node) : node.text.flatMap { Int64($0, radix: 8) }
        return mode.flatMap { $0 == 0 ? nil : .integer($0) }
    }

    // MARK: Short form

    /// A short form taken apart.
    struct Parsed: Hashable {
        var source: String?
        var target: String
        var options: [String]

        /// Whether the source is a path and not the name of a volume.
        var isBind: Bool { source.map { $0.hasPrefix(".") || $0.hasPrefix("/") || $0.hasPrefix("~") } ?? false }
    }

    static func parse(_ text: String) -> Parsed? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3, !parts[0].isEmpty else { return nil }
        return switch parts.count {
        case 1: Parsed(source: nil, target: parts[0], options: [])
        case 2: Parsed(source: parts[0], target: parts[1], options: [])
        default: Parsed(source: parts[0], target: parts[1], options: parts[2].split(separator: ",").map(String.init))
        }
    }

    private static func short(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        guard let text = ScalarText.text(node) else { return nil }
        guard let mount = parse(text) else { return .string(text) }
        var entries = [ResolvedValue.Entry("type", .string(mount.isBind ? "bind" : "volume"))]
        if let source = mount.source {
            entries.append(ResolvedValue.Entry("source", .string(mount.isBind ? resolution.hostPath(source) : source)))
        }
        entries.append(ResolvedValue.Entry("target", .string(cleaned(mount.target))))
        if let access = mount.options.last(where: { $0 == "ro" || $0 == "rw" }), access == "ro" {
            entries.append(ResolvedValue.Entry("read_only", .bool(true)))
        }
        let bind = bindEntries(mount)
        if mount.isBind || !bind.isEmpty { entries.append(ResolvedValue.Entry("bind", .map(bind))) }
        if !mount.isBind {
            let isCopied = !mount.options.contains("nocopy")
            entries.append(
                ResolvedValue.Entry("volume", .map(isCopied ? [] : [ResolvedValue.Entry("nocopy", .bool(true))])))
        }
        return .map(entries)
    }

    private static func bindEntries(_ mount: Parsed) -> [ResolvedValue.Entry] {
        var entries: [ResolvedValue.Entry] = []
        if let label = mount.options.last(where: { $0 == "z" || $0 == "Z" }) {
            entries.append(ResolvedValue.Entry("selinux", .string(label)))
        }
        let modes: Set<String> = ["private", "rprivate", "shared", "rshared", "slave", "rslave"]
        if let mode = mount.options.last(where: modes.contains) {
            entries.append(ResolvedValue.Entry("propagation", .string(mode)))
        }
        if mount.isBind { entries.append(ResolvedValue.Entry("create_host_path", .bool(true))) }
        return entries
    }

    /// Without `.`, `..`, doubled and trailing slashes; a relative one stays relative.
    private static func cleaned(_ path: String) -> String {
        if path.hasPrefix("/") { return Path.normalized(path) }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." { parts.removeLast() } else { parts.append(part) }
        }
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }
}
