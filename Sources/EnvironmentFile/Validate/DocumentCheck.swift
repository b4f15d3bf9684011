import YAML

/// Checks of a merged document that need no more than its nodes: what excludes what, and references to networks,
/// models and build secrets.
struct DocumentCheck {
    let document: Mapping
    let isEnabled: (String, Mapping) -> Bool
    let diagnostics: DiagnosticCollector

    func check() {
        for entry in document["services"]?.mapping?.entries ?? [] {
            guard let name = entry.key.text, let service = entry.value.mapping, isEnabled(name, service) else {
                continue
            }
            checkExclusions(name, service)
            checkReferences(name, service)
            checkImplied(name, service)
            checkHosts(service["extra_hosts"])
            checkHosts(service["build"]?.mapping?["extra_hosts"])
            checkDevices(service)
            checkReplicas(name, service)
            checkDuplicates(service)
            checkTimes(service)
            checkTargets(service)
            checkNames(name, service)
        }
    }

    // MARK: Exclusions

    private func checkExclusions(_ name: String, _ service: Mapping) {
        exclusive("network_mode", "networks", in: service, of: "service '\(name)'")
        guard let build = service["build"]?.mapping else { return }
        exclusive("dockerfile", "dockerfile_inline", in: build, of: "the build of service '\(name)'")
        guard let platform = service["platform"], let text = platform.text, !text.isEmpty,
            let platforms = build["platforms"]?.sequence, !platforms.isEmpty,
            !platforms.contains(where: { $0.text == text })
        else { return }
        diagnostics.error(
            .conflict, at: platform, "'build.platforms' of service '\(name)' doesn't contain its 'platform' '\(text)'",
            remedy: "add it to 'build.platforms'")
    }

    private func exclusive(_ one: String, _ other: String, in mapping: Mapping, of subject: String) {
        guard let first = mapping.entry(one), let second = mapping.entry(other), !first.value.isNull,
            !second.value.isNull
        else { return }
        if second.value.mapping?.entries.isEmpty ?? second.value.sequence?.isEmpty ?? false { return }
        diagnostics.error(
            .conflict, at: second.key, "\(subject) has both '\(one)' and '\(other)'", remedy: "keep one of them")
    }

    // MARK: References

    private func checkReferences(_ name: String, _ service: Mapping) {
        let networks = keys(of: "networks")
        for node in names(service["networks"]) where node.text != "default" {
            checkReference(node, to: "network", among: networks, "service '\(name)' uses")
        }
        for node in names(service["models"]) {
            checkReference(node, to: "model", among: keys(of: "models"), "service '\(name)' uses")
        }
        for entry in service["build"]?.mapping?["additional_contexts"]?.mapping?.entries ?? [] {
            guard let text = entry.value.text, text.hasPrefix("service:") else { continue }
            let target = String(text.dropFirst("service:".count))
            if keys(of: "services").contains(target) { continue }
            diagnostics.error(
                .undefinedReference, at: entry.value,
                "the build of service '\(name)' uses service '\(target)', which is not defined",
                remedy: Suggestion.remedy(for: target, among: keys(of: "services")))
        }
        for item in service["build"]?.mapping?["secrets"]?.sequence ?? [] {
            guard let node = item.mapping.map({ $0["source"] }) ?? item else { continue }
            checkReference(node, to: "secret", among: keys(of: "secrets"), "the build of service '\(name)' uses")
        }
    }

    private func checkReference(_ node: Node, to kind: String, among known: [String], _ subject: String) {
        guard let text = node.text, !known.contains(text) else { return }
        diagnostics.error(
            .undefinedReference, at: node, "\(subject) \(kind) '\(text)', which is not defined",
            remedy: Suggestion.remedy(for: text, among: known) ?? "add '\(text):' under the top-level '\(kind)s:'")
    }

    /// Services that links, shared namespaces and `volumes_from` name.
    private func checkImplied(_ name: String, _ service: Mapping) {
        for (key, list) in [
            ("links", true), ("volumes_from", true), ("network_mode", false), ("ipc", false), ("pid", false),
            ("uts", false), ("cgroup", false),
        ] {
            guard let node = service[key] else { continue }
            for item in list ? node.sequence ?? [] : [node] {
                guard let text = item.text, let target = target(of: text, isList: list) else { continue }
                let entry = document["services"]?.mapping?.entry(target)
                if let mapping = entry?.value.mapping, isEnabled(target, mapping) { continue }
                let reason = entry == nil ? "which is not defined" : "whose profile is not enabled"
                diagnostics.error(
                    .undefinedReference, at: item, "'\(key)' of service '\(name)' names service '\(target)', \(reason)",
                    remedy: Suggestion.remedy(for: target, among: keys(of: "services"))
                        ?? "add '\(target):' under 'services:'")
            }
        }
    }

    private func target(of text: String, isList: Bool) -> String? {
        if isList { return text.hasPrefix("container:") ? nil : String(text.prefix { $0 != ":" }) }
        return text.hasPrefix("service:") ? String(text.dropFirst("service:".count)) : nil
    }

    /// A file system in memory can't be where a volume or another one is.
    private func checkTargets(_ service: Mapping) {
        var seen: [String: Node] = [:]
        for item in service["volumes"]?.sequence ?? [] {
            let target = item.mapping?["target"]?.text ?? item.text.flatMap { MountText.parse($0)?.target }
            if let target { seen[target] = item }
        }
        for item in service["tmpfs"]?.sequence ?? [] {
            guard let text = item.text else { continue }
            let target = String(text.prefix { $0 != ":" })
            if let first = seen[target], first.text != text {
                diagnostics.error(
                    .duplicate, at: item, "'\(target)' is mounted already, on line \(first.line)",
                    remedy: "remove one of them")
            }
            seen[target] = item
        }
    }

    private func checkNames(_ name: String, _ service: Mapping) {
        if let node = service["container_name"], case .string(let text) = node.value, !text.isEmpty,
            !Self.isContainerName(text)
        {
            diagnostics.error(
                .invalidValue, at: node, "'\(text)' can't be a container's name",
                remedy: "use letters, digits, '_', '.' and '-', two at least, the first a letter or digit")
        }
        for entry in service["environment"]?.mapping?.entries ?? [] where entry.key.text?.hasSuffix(" ") ?? false {
            diagnostics.error(
                .invalidValue, at: entry.key, "the name of variable '\(entry.key.text ?? "")' ends with a space",
                remedy: "write NAME=value, without spaces around '='")
        }
        for item in service["devices"]?.sequence ?? [] where item.mapping != nil && item.mapping?["target"] == nil {
            diagnostics.error(.missingKey, at: item, "a device of service '\(name)' has no 'target'")
        }
        for item in service["develop"]?.mapping?["watch"]?.sequence ?? [] {
            guard let rule = item.mapping, let action = rule["action"]?.text else { continue }
            if let path = rule["path"], path.text?.isEmpty ?? false {
                diagnostics.error(.invalidValue, at: path, "'path' can't be empty")
            }
            guard rule["target"]?.text?.isEmpty ?? true, action.hasPrefix("sync") else { continue }
            diagnostics.error(.missingKey, at: item, "a rule to '\(action)' must say its 'target'")
        }
    }

    private static func isContainerName(_ text: String) -> Bool {
        let bytes = text.utf8
        let isStart = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        return bytes.count > 1 && bytes.first.map(isStart) ?? false
            && bytes.allSatisfy { isStart($0) || [UInt8]("_.-".utf8).contains($0) }
    }

    private func keys(of section: String) -> [String] {
        document[section]?.mapping?.entries.compactMap(\.key.text) ?? []
    }

    /// The keys of a mapping, or the elements of a list.
    private func names(_ node: Node?) -> [Node] { node?.mapping?.entries.map(\.key) ?? node?.sequence ?? [] }

    // MARK: Values

    private func checkHosts(_ node: Node?) {
        for item in node?.sequence ?? [] {
            guard let text = item.text, HostList.split(text) == nil else { continue }
            diagnostics.error(
                .invalidValue, at: item, "'\(text)' has no address", remedy: "write NAME=ADDRESS")
        }
    }

    private func checkDevices(_ service: Mapping) {
        let reserved = service["deploy"]?.mapping?["resources"]?.mapping?["reservations"]?.mapping?["devices"]
        for item in (reserved?.sequence ?? []) + (service["gpus"]?.sequence ?? []) {
            guard let device = item.mapping else { continue }
            exclusive("count", "device_ids", in: device, of: "the device")
            guard let count = device["count"], let text = count.text, text != "all", ScalarText.integer(count) == nil
            else { continue }
            diagnostics.error(.invalidValue, at: count, "'count' must be 'all' or a number, not '\(text)'")
        }
        for item in service["devices"]?.sequence ?? [] {
            guard let text = item.text, text.count(where: { $0 == ":" }) > 2 else { continue }
            diagnostics.error(
                .invalidValue, at: item, "'\(text)' is not a device", remedy: "write HOST:CONTAINER:PERMISSIONS")
        }
    }

    /// Values of attributes that no decoder looks at.
    private func checkTimes(_ service: Mapping) {
        for key in ["cpu_rt_period", "cpu_rt_runtime"] {
            guard let node = service[key], let text = node.text, !node.isNull, ScalarText.integer(node) == nil,
                DurationText.parse(text) == nil
            else { continue }
            diagnostics.error(
                .invalidValue, at: node, "'\(key)' '\(text)' is neither a number of microseconds nor a duration",
                remedy: "write '400ms' or 400000")
        }
        let cpus = service["deploy"]?.mapping?["resources"]?.mapping?["reservations"]?.mapping?["cpus"]
        if let cpus, let text = cpus.text, !cpus.isNull, Double(text) == nil {
            diagnostics.error(
                .invalidValue, at: cpus, "'\(text)' is not a number of processors", remedy: "write '0.5' or '2'")
        }
    }

    /// A fixed name can belong to one container only.
    private func checkReplicas(_ name: String, _ service: Mapping) {
        let scale = service["scale"].flatMap(ScalarText.integer)
        let written = service["deploy"]?.mapping?["replicas"]
        let replicas = written.flatMap(ScalarText.integer)
        if let written, let replicas, replicas < 0 {
            diagnostics.error(.invalidValue, at: written, "'replicas' must be at least 0, not \(replicas)")
        }
        if let scale, let replicas, scale != replicas, let node = service["scale"] {
            diagnostics.error(
                .conflict, at: node,
                "'scale' and 'deploy.replicas' of service '\(name)' differ: \(scale) and \(replicas)",
                remedy: "give the number in one place only")
        }
        guard let count = scale ?? replicas, count > 1, let node = service.entry("container_name") else { return }
        diagnostics.error(
            .conflict, at: node.key, "service '\(name)' has a 'container_name', so there can't be \(count) of it",
            remedy: "remove 'container_name'")
    }

    /// Lists in which saying something twice is a mistake.
    private func checkDuplicates(_ service: Mapping) {
        for key in ["security_opt", "external_links", "group_add", "volumes_from", "device_cgroup_rules"] {
            var seen: Set<String> = []
            for item in service[key]?.sequence ?? [] {
                guard let text = item.text, !seen.insert(text).inserted else { continue }
                diagnostics.error(.duplicate, at: item, "'\(text)' is listed twice", remedy: "remove one of them")
            }
        }
    }
}
