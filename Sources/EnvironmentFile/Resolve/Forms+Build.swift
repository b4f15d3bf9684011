import YAML

extension Forms {
    static let build = ObjectForm([
        .derived("context", BuildResolution.context),
        .derived("dockerfile", BuildResolution.dockerfile),
        .written("dockerfile_inline", .text),
        .written("entitlements", .texts),
        .written("args", .custom(BuildResolution.arguments)),
        .written("provenance", .text),
        .written("sbom", .text),
        .written("ssh", .custom(BuildResolution.keys)),
        .written("labels", .labels),
        .written("cache_from", .texts),
        .written("cache_to", .texts),
        .written("no_cache", .flag),
        .written("no_cache_filter", .texts),
        .written("additional_contexts", .custom(BuildResolution.contexts)),
        .written("pull", .flag),
        .written("extra_hosts", .custom(HostList.resolve)),
        .written("isolation", .text),
        .written("network", .text),
        .written("target", .text),
        .written("secrets", .list(.custom(grant))),
        .written("shm_size", .size),
        .written("tags", .uniqueTexts),
        .written("ulimits", .dictionary(.custom(ulimit))),
        .written("platforms", .texts),
        .written("privileged", .flag),
        .written("packages", .texts),
        .written("distribution", .text),
    ])

    static let develop = ObjectForm([
        .written(
            "watch",
            .list(
                .object(
                    ObjectForm([
                        .written("path", .path),
                        .written("action", .text),
                        .written("target", .text),
                        .derived("exec", BuildResolution.watchCommand),
                        .written("include", .texts),
                        .written("ignore", .texts),
                        .written("initial_sync", .flag),
                    ]))))
    ])
}

/// The attributes of `build:` that depend on something else than their own text.
enum BuildResolution {
    @Sendable static func context(_ build: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        // An image made of packages has no context.
        if build["context"] == nil, build["packages"] != nil { return nil }
        let written = build["context"].flatMap(ScalarText.text) ?? "."
        return .string(contextPath(written, resolution))
    }

    @Sendable static func dockerfile(_ build: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        if let written = build["dockerfile"].flatMap(ScalarText.text), !written.isEmpty { return .string(written) }
        if build["dockerfile_inline"] != nil || build["context"] == nil && build["packages"] != nil { return nil }
        return resolution.options.normalizes ? .string("Dockerfile") : nil
    }

    /// An argument without a value takes that of the variable, or is left out.
    @Sendable static func arguments(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document { return resolution.verbatim(node) }
        guard let value = resolution.value(node, .variables), case .map(let entries) = value else { return nil }
        let known = entries.compactMap { entry -> ResolvedValue.Entry? in
            guard entry.value == .null, resolution.options.normalizes else { return entry }
            return resolution.variables[entry.key].map { ResolvedValue.Entry(entry.key, .string($0)) }
        }
        return known.isEmpty ? nil : .map(known)
    }

    /// `ssh:`: identifiers, each with the path of a key or a socket where one is given.
    @Sendable static func keys(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        if resolution.style == .document { return resolution.dictionary(node, resolution.verbatim) }
        guard let value = resolution.value(node, .variables), case .map(let entries) = value else { return nil }
        let keys = entries.map { entry -> ResolvedValue in
            guard let path = entry.value.text, !path.isEmpty else { return .string(entry.key) }
            return .string("\(entry.key)=\(resolution.hostPath(path))")
        }
        // The agent's default comes first.
        return .list(keys.filter { $0.text == "default" } + keys.filter { $0.text != "default" })
    }

    @Sendable static func contexts(_ node: Node, _ resolution: Resolution) -> ResolvedValue? {
        resolution.dictionary(node) { .string(contextPath(ScalarText.text($0) ?? "", resolution)) }
    }

    /// JSON has an object also where there is none.
    @Sendable static func watchCommand(_ trigger: Mapping, _ resolution: Resolution) -> ResolvedValue? {
        guard let node = trigger["exec"] else {
            return resolution.style == .json ? .map([ResolvedValue.Entry("command", .null)]) : nil
        }
        return resolution.value(node, .object(Forms.hook))
    }

    /// What is no path of this host stays: an address, an image, a service's result.
    static func isRemote(_ context: String) -> Bool {
        context.contains("://") || context.hasPrefix("service:") || context.hasPrefix("git@")
            || context.hasPrefix("github.com/")
    }

    private static func contextPath(_ context: String, _ resolution: Resolution) -> String {
        isRemote(context) ? context : resolution.hostPath(context)
    }
}
