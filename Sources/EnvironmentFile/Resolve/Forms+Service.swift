import YAML

/// The attributes of the resolved model, in the order in which Compose prints them.
enum Forms {
    static let service = ObjectForm([
        .written("profiles", .uniqueTexts),
        .written("annotations", .labels),
        .written("attach", .optionalFlag),
        .derived("build", ServiceResolution.build),
        .written("develop", .object(develop)),
        .written("blkio_config", .object(blkio)),
        .written("cap_add", .uniqueTexts),
        .written("cap_drop", .uniqueTexts),
        .written("cgroup_parent", .text),
        .written("cgroup", .text),
        .written("cpu_count", .integer),
        .written("cpu_percent", .fraction),
        .written("cpu_period", .custom(microseconds)),
        .written("cpu_quota", .custom(microseconds)),
        .written("cpu_rt_period", .custom(microseconds)),
        .written("cpu_rt_runtime", .custom(microseconds)),
        .written("cpus", .fraction),
        .written("cpuset", .text),
        .written("cpu_shares", .integer),
        .derived("command", ServiceResolution.command),
        .written("configs", .custom { grants($0, in: "/", $1, grant) }),
        .written("container_name", .text),
        .written("credential_spec", .object(credentials)),
        .derived("depends_on", ServiceResolution.dependencies),
        .written("deploy", .object(deploy)),
        .written("device_cgroup_rules", .texts),
        .written("devices", .custom(DeviceText.resolve)),
        .written("dns", .uniqueTexts),
        .written("dns_opt", .uniqueTexts),
        .written("dns_search", .uniqueTexts),
        .written("domainname", .text),
        .derived("entrypoint", ServiceResolution.entrypoint),
        .written("provider", .object(provider)),
        .derived("environment", ServiceResolution.environment),
        .derived("env_file", ServiceResolution.environmentFiles),
        .written("expose", .uniqueTexts),
        // Left over only where the service that it names is empty.
        .written("extends", .object(ObjectForm([.written("file", .path), .written("service", .text)]))),
        .written("external_links", .texts),
        .written("extra_hosts", .custom(HostList.resolve)),
        .written("group_add", .texts),
        .written("gpus", .custom(DeviceRequestForm.gpus)),
        .written("hostname", .text),
        .written("healthcheck", .object(healthcheck)),
        .written("image", .custom(ServiceResolution.image)),
        .written("init", .optionalFlag),
        .written("ipc", .text),
        .written("isolation", .text),
        .derived("labels", ServiceResolution.labels),
        .derived("label_file", ServiceResolution.labelFiles),
        .written("links", .uniqueTexts),
        .written("logging", .object(logging)),
        .written("mem_limit", .size),
        .written("mem_reservation", .size),
        .written("memswap_limit", .custom(signedSize)),
        .written("mem_swappiness", .size),
        .written("mac_address", .text),
        .written("models", .custom(models)),
        .written("network_mode", .text),
        .derived("networks", ServiceResolution.networks),
        .written("oom_kill_disable", .flag),
        .written("oom_score_adj", .integer),
        .written("pid", .text),
        .written("pids_limit", .integer),
        .written("platform", .text),
        .written("ports", .custom(PortText.resolve)),
        .written("privileged", .flag),
        .written("pull_policy", .custom(ServiceResolution.pullPolicy)),
        .written("read_only", .flag),
        .written("restart", .text),
        .written("runtime", .text),
        .written("scale", .optionalInteger),
        .written("secrets", .custom { grants($0, in: "/run/secrets/", $1, ServiceResolution.secret) }),
        .written("security_opt", .texts),
        .written("shm_size", .size),
        .written("stdin_open", .flag),
        .written("stop_grace_period", .optionalDuration),
        .written("stop_signal", .text),
        .written("storage_opt", .labels),
        .written("sysctls", .labels),
        .written("tmpfs", .uniqueTexts),
        .written("tty", .flag),
        .written("ulimits", .dictionary(.custom(ulimit))),
        .written("use_api_socket", .flag),
        .written("user", .text),
        .written("userns_mode", .text),
        .written("uts", .text),
        .written("volumes", .custom(MountText.resolve)),
        .written("volumes_from", .texts),
        .written("working_dir", .text),
        .written("post_start", .list(.object(hook))),
        .written("pre_stop", .list(.object(hook))),
        .written("pull_refresh_after", .custom(pullRefresh)),
        .written("ready", .verbatim),
        .written("snapshot", .optionalFlag),
        .written("seed", .list(.object(hook))),
    ])

    private static let blkio = ObjectForm([
        .written("weight", .integer),
        .written("weight_device", .list(.custom(weightDevice))),
        .written("device_read_bps", .list(.custom(throttledDevice))),
        .written("device_read_iops", .list(.custom(throttledDevice))),
        .written("device_write_bps", .list(.custom(throttledDevice))),
        .written("device_write_iops", .list(.custom(throttledDevice))),
    ])

    private static let credentials = ObjectForm([
        .written("config", .text), .written("file", .text), .written("registry", .text),
    ])

    private static let provider = ObjectForm([
        .written("type", .text), .written("options", .dictionary(.texts)),
    ])

    private static let healthcheck = ObjectForm([
        .written("test", .custom(healthTest)),
        .written("timeout", .optionalDuration),
        .written("interval", .optionalDuration),
        .written("retries", .optionalInteger),
        .written("start_period", .optionalDuration),
        .written("start_interval", .optionalDuration),
        .written("disable", .flag),
    ])

    private static let logging = ObjectForm([.written("driver", .text), .written("options", .labels)])

    static let hook = ObjectForm([
        .derived("command", ServiceResolution.hookCommand),
        .written("user", .text),
        .written("privileged", .flag),
        .written("working_dir", .text),
        .written("environment", .variables),
    ])

    private static let modelUse = ObjectForm([.written("endpoint_var", .text), .written("model_var", .text)])

    private static let grantFields = ObjectForm([
        .written("source", .text), .written("target", .text), .written("uid", .text), .written("gid", .text),
        .written("mode", .custom(fileMode)),
    ])

    // MARK: Values of their own

    /// `NAME`, or the long form.
    @Sendable static func grant(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        guard let mapping = node.mapping else {
            return node.text.map { .map([ResolvedValue.Entry("source", .string($0))]) }
        }
        return .map(resolution.entries(mapping, grantFields))
    }

    /// All grants; of those that are seen at the same place the last, where the first stood.
    private static func grants(
        _ node: Node, in folder: String, _ resolution: Resolution, _ body: (Node, Resolution) -> ResolvedValue?
    ) -> ResolvedValue? {
        var grants: [ResolvedValue] = []
        var places: [String: Int] = [:]
        for grant in (node.sequence ?? []).compactMap({ body($0, resolution) }) {
            let target = grant["target"]?.text ?? folder + (grant["source"]?.text ?? "")
            if let place = places[target] {
                grants[place] = grant
            } else {
                places[target] = grants.count
                grants.append(grant)
            }
        }
        return grants.isEmpty ? nil : .list(grants)
    }

    @Sendable private static func fileMode(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document { return resolution.verbatim(node) }
        guard let text = node.text else { return nil }
        let isNumber = node.scalar?.style == .plain && node.tag == nil
        let mode = isNumber ? ScalarText.integer(node) : Int64(text, radix: 8)
        return mode.map { .string("0" + String($0, radix: 8)) }
    }

    /// A single limit, or `soft` and `hard`.
    @Sendable static func ulimit(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document { return resolution.verbatim(node) }
        guard let mapping = node.mapping else {
            guard let limit = ScalarText.integer(node) else { return nil }
            // Compose can't tell a single limit of 0 from none.
            return limit == 0 ? pair(0, 0, resolution) : .integer(limit)
        }
        let limits = ["soft", "hard"].map { mapping[$0].flatMap(ScalarText.integer) ?? 0 }
        return pair(limits[0], limits[1], resolution)
    }

    private static func pair(_ soft: Int64, _ hard: Int64, _ resolution: Resolution) -> ResolvedValue {
        let entries = [ResolvedValue.Entry("soft", .integer(soft)), ResolvedValue.Entry("hard", .integer(hard))]
        return .map(resolution.style == .json ? entries.filter { $0.value != .integer(0) } : entries)
    }

    @Sendable private static func healthTest(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document { return resolution.verbatim(node) }
        if node.sequence != nil { return resolution.texts(node) }
        guard let text = ScalarText.text(node), !node.isNull else { return nil }
        return .list([.string("CMD-SHELL"), .string(text)])
    }

    @Sendable private static func models(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if let nodes = node.sequence {
            let names = nodes.compactMap(\.text).sorted(by: resolution.precedes)
            return names.isEmpty ? nil : .map(names.map { ResolvedValue.Entry($0, .null) })
        }
        return resolution.dictionary(node) { resolution.value($0, .object(modelUse)) ?? .null }
    }

    /// Compose's type for these has no names for its fields, so that JSON shows those of the program.
    @Sendable private static func weightDevice(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        device(node, resolution, "weight") { ScalarText.integer($0).map(ResolvedValue.integer) ?? .integer(0) }
    }

    @Sendable private static func throttledDevice(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        device(node, resolution, "rate") { resolution.size($0) ?? .string("0") }
    }

    private static func device(
        _ node: Node, _ resolution: Resolution, _ key: String, _ body: (Node) -> ResolvedValue
    ) -> ResolvedValue? {
        if resolution.style == .document { return resolution.verbatim(node) }
        guard let mapping = node.mapping else { return nil }
        let path = mapping["path"].flatMap(ScalarText.text) ?? ""
        let value = mapping[key].map(body) ?? .string("0")
        let names = resolution.style == .json ? ["Path", key.prefix(1).uppercased() + key.dropFirst()] : ["path", key]
        return .map([ResolvedValue.Entry(names[0], .string(path)), ResolvedValue.Entry(names[1], value)])
    }

    /// Compose's JSON does not know it.
    @Sendable private static func pullRefresh(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        resolution.style == .json ? nil : resolution.value(node, .text)
    }

    /// Microseconds, as a number or as a time.
    @Sendable private static func microseconds(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document { return resolution.verbatim(node) }
        if let number = ScalarText.integer(node) { return number == 0 ? nil : .integer(number) }
        guard let duration = resolution.duration(node) else { return nil }
        let (seconds, attoseconds) = duration.components
        return .integer(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    /// A size, or -1 for no bound.
    @Sendable private static func signedSize(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document { return resolution.verbatim(node) }
        return resolution.size(node)
    }
}
