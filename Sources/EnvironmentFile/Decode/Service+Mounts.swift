import YAML

extension ServiceDecoder {
    /// `volumes` and `tmpfs`.
    static let mountAttributes: [String: ServiceAttribute] = [
        "volumes": { node, service, decoding in
            for item in node.sequence ?? [] {
                let mount = item.mapping == nil ? shortMount(item, decoding) : longMount(item, decoding)
                if let mount { service.mounts.append(mount) }
            }
        },
        "tmpfs": { node, service, decoding in
            service.mounts += (node.sequence ?? []).compactMap { shortTmpfs($0, decoding) }
        },
        "read_only": { node, service, decoding in service.isReadOnly = decoding.boolean(node) ?? false },
    ]

    // MARK: Short forms

    /// Decodes `[SOURCE:]TARGET[:OPTION,…]`.
    private static func shortMount(_ node: Node, _ decoding: Decoding) -> Mount? {
        guard let text = decoding.nonEmpty(node, "an entry of 'volumes'") else { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3, !parts.contains("") else {
            decoding.diagnostics.error(
                .invalidValue, at: node, "'\(text)' is not a mount",
                remedy: "write SOURCE:TARGET, SOURCE:TARGET:ro or TARGET")
            return nil
        }
        let target = parts.count == 1 ? parts[0] : parts[1]
        guard target.hasPrefix("/") else {
            decoding.diagnostics.error(
                .unusable, at: node, "the target '\(target)' of a mount must be an absolute path",
                remedy: "write '/\(target)'")
            return nil
        }
        let source: Mount.Source
        if parts.count == 1 {
            source = .anonymous
        } else if let first = parts[0].utf8.first, [UInt8]("/.~".utf8).contains(first) {
            source = .bind(path: decoding.hostPath(parts[0]), createHostPath: true)
        } else {
            source = .volume(parts[0])
        }
        var mount = Mount(source: source, target: Path.normalized(target), position: node.position)
        if parts.count == 3 { apply(options: parts[2], to: &mount, node, decoding) }
        return mount
    }

    private static func apply(options: String, to mount: inout Mount, _ node: Node, _ decoding: Decoding) {
        for option in options.split(separator: ",").map(String.init) {
            switch option {
            case "ro": mount.isReadOnly = true
            case "rw": mount.isReadOnly = false
            case "nocopy", "volume-nocopy": mount.noCopy = true
            // These are about shared folders of other systems and mean nothing on Linux.
            case "cached", "delegated", "consistent": break
            case "z", "Z", "private", "rprivate", "shared", "rshared", "slave", "rslave":
                decoding.diagnostics.warning(
                    .notHonoured, at: node, "mount option '\(option)' is not honoured by this version")
            default:
                decoding.diagnostics.error(
                    .unusable, at: node, "'\(option)' is no mount option",
                    remedy: Suggestion.remedy(for: option, among: ["ro", "rw", "nocopy"]) ?? "use 'ro' or 'rw'")
            }
        }
    }

    /// Decodes `TARGET[:size=…,mode=…,…]`.
    private static func shortTmpfs(_ node: Node, _ decoding: Decoding) -> Mount? {
        guard let text = decoding.nonEmpty(node, "an entry of 'tmpfs'", .unusable) else { return nil }
        let target = String(text.prefix { $0 != ":" })
        guard target.hasPrefix("/") else {
            decoding.diagnostics.error(
                .unusable, at: node, "the target '\(target)' of a tmpfs must be an absolute path",
                remedy: "write '/\(target)'")
            return nil
        }
        var size: Int64?
        var mode: UInt32?
        var isReadOnly = false
        var options = TmpfsOptions()
        for option in text.dropFirst(target.count + 1).split(separator: ",") {
            let name = String(option.prefix { $0 != "=" })
            let value = String(option.dropFirst(name.count + 1))
            switch name {
            case "size": size = SizeText.parse(value) ?? badOption(option, node, decoding)
            case "mode": mode = UInt32(value, radix: 8) ?? badOption(option, node, decoding)
            case "ro": isReadOnly = true
            case "rw": isReadOnly = false
            case "uid": options.user = UInt32(value) ?? badOption(option, node, decoding)
            case "gid": options.group = UInt32(value) ?? badOption(option, node, decoding)
            case "nr_inodes": options.inodes = SizeText.parse(value) ?? badOption(option, node, decoding)
            case "exec", "noexec": options.isExecutable = name == "exec"
            case "suid", "nosuid": options.allowsSetUserID = name == "suid"
            case "dev", "nodev": options.allowsDevices = name == "dev"
            // They say when a time is written down, which memory has at no cost.
            case "noatime", "relatime", "strictatime", "async", "nodiratime": break
            default:
                decoding.diagnostics.warning(
                    .notHonoured, at: node, "tmpfs option '\(name)' is not honoured by this version")
            }
        }
        var mount = Mount(
            source: .tmpfs(size: size, mode: mode), target: Path.normalized(target), isReadOnly: isReadOnly,
            position: node.position)
        mount.tmpfs = options
        return mount
    }

    private static func badOption<Value>(_ option: Substring, _ node: Node, _ decoding: Decoding) -> Value? {
        decoding.diagnostics.error(.unusable, at: node, "'\(option)' is not a valid option of a tmpfs")
        return nil
    }

    // MARK: Long form

    private static func longMount(_ node: Node, _ decoding: Decoding) -> Mount? {
        guard let mapping = node.mapping, let type = mapping["type"] else { return nil }
        guard let targetNode = mapping["target"] else {
            decoding.diagnostics.error(.missingKey, at: node, "a mount must say its 'target'")
            return nil
        }
        guard let target = containerPath(targetNode, "'target'", decoding),
            let source = source(mapping, type, node, decoding)
        else { return nil }
        let volume = mapping["volume"]?.mapping
        return Mount(
            source: source, target: target, isReadOnly: decoding.boolean(mapping["read_only"]) ?? false,
            noCopy: decoding.boolean(volume?["nocopy"]) ?? false, subpath: decoding.text(volume?["subpath"]),
            position: node.position)
    }

    private static func source(
        _ mapping: Mapping, _ type: Node, _ node: Node, _ decoding: Decoding
    ) -> Mount.Source? {
        let source = decoding.text(mapping["source"]) ?? ""
        switch type.text {
        case "bind":
            guard !source.isEmpty else {
                decoding.diagnostics.error(.missingKey, at: node, "a bind mount must say its 'source'")
                return nil
            }
            let creates = decoding.boolean(mapping["bind"]?.mapping?["create_host_path"]) ?? true
            return .bind(path: decoding.hostPath(source), createHostPath: creates)
        case "volume": return source.isEmpty ? .anonymous : .volume(source)
        case "tmpfs":
            let options = mapping["tmpfs"]?.mapping
            let size = options?["size"].flatMap { decoding.size($0, "'size'") }
            return .tmpfs(size: size, mode: options?["mode"].flatMap { FileMode.decode($0, decoding) })
        case let other?:
            // The schema lets only the types of the specification through.
            if ["cluster", "npipe", "image"].contains(other) {
                decoding.diagnostics.error(
                    .notHonoured, at: type, "mounts of type '\(other)' are not possible in this version",
                    remedy: "use 'bind', 'volume' or 'tmpfs'")
            }
            return nil
        case nil: return nil
        }
    }
}

/// Permission bits in a file.
enum FileMode {
    /// A number as YAML reads it (`0o440` or 288), or octal digits as text or with a leading zero (`"0440"`, `0440`).
    static func decode(_ node: Node, _ decoding: Decoding) -> UInt32? {
        guard let text = node.text else { return nil }
        var mode: UInt32?
        if text.hasPrefix("0o") || text.hasPrefix("0x") {
            mode = ScalarText.integer(text).flatMap { UInt32(exactly: $0) }
        } else if text.hasPrefix("0") || node.scalar?.style != .plain {
            mode = UInt32(text, radix: 8)
        } else {
            mode = UInt32(text)
        }
        if let mode, mode <= 0o7777 { return mode }
        let isNumber = ScalarText.integer(text) != nil
        decoding.diagnostics.error(
            isNumber ? .unusable : .invalidValue, at: node, "'\(text)' is not a file mode",
            remedy: "write octal digits: \"0440\"")
        return nil
    }
}
