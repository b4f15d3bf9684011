import YAML

extension ServiceDecoder {
    /// Restarts, replicas and hooks.
    static let lifecycleAttributes: [String: ServiceAttribute] = [
        "restart": { node, service, decoding in
            if let policy = restart(node, decoding) { service.lifecycle.restart = policy }
        },
        "logging": { node, service, decoding in decodeLogging(node, &service, decoding) },
        "scale": { node, service, decoding in setReplicas(node, "'scale'", &service, decoding) },
        "post_start": { node, service, decoding in service.lifecycle.postStart = hooks(node, decoding) },
        "pre_stop": { node, service, decoding in service.lifecycle.preStop = hooks(node, decoding) },
    ]

    private static let maximumReplicas: Int64 = 10_000

    /// `no`, `always`, `unless-stopped`, `on-failure[:N]`.
    private static func restart(_ node: Node, _ decoding: Decoding) -> RestartPolicy? {
        guard let text = decoding.text(node) else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts.first, parts.count) {
        case ("no", 1), ("", 1): return .no
        case ("always", 1), ("unless-stopped", 1): return RestartPolicy(.always)
        case ("on-failure", 1): return RestartPolicy(.onFailure)
        case ("on-failure", 2):
            // Docker's 0 is no bound.
            if let count = Int(parts[1]), count >= 0 {
                return RestartPolicy(.onFailure, maximumAttempts: count == 0 ? nil : count)
            }
        default: break
        }
        let names = ["no", "always", "on-failure", "unless-stopped"]
        decoding.diagnostics.error(
            .unusable, at: node, "'\(text)' is no restart policy",
            remedy: Suggestion.remedy(for: text, among: names)
                ?? "use \"no\", always, on-failure, on-failure:N or unless-stopped")
        return nil
    }

    /// `deploy.replicas`, `deploy.restart_policy`, which wins over `restart`, and `deploy.mode`.
    static func decodeDeployedLifecycle(_ node: Node, _ service: inout Service, _ decoding: Decoding) {
        let deploy = node.mapping
        if let mode = deploy?["mode"], let text = mode.text, !["replicated", "global"].contains(text) {
            decoding.diagnostics.warning(
                .notHonoured, at: mode, "'mode: \(text)' is not honoured: the service's containers are kept running",
                remedy: "write 'replicated', or remove it")
        }
        if let replicas = deploy?["replicas"] { setReplicas(replicas, "'replicas'", &service, decoding) }
        guard let policy = deploy?["restart_policy"]?.mapping else { return }
        var restart = RestartPolicy(.always)
        switch decoding.text(policy["condition"]) {
        case "none": restart.condition = .never
        case "on-failure": restart.condition = .onFailure
        case "any", "", nil: break
        case let other?:
            decoding.diagnostics.error(
                .unusable, at: policy["condition"] ?? node, "'\(other)' is no restart condition",
                remedy: "use none, on-failure or any")
        }
        if let delay = policy["delay"] { restart.delay = decoding.duration(delay, "'delay'") }
        if let window = policy["window"] { restart.window = decoding.duration(window, "'window'") }
        if let attempts = policy["max_attempts"] {
            restart.maximumAttempts = decoding.integer(attempts, "'max_attempts'", in: 0...(.max), .invalidValue).map {
                Int(clamping: $0)
            }
        }
        service.lifecycle.restart = restart
    }

    private static func setReplicas(_ node: Node, _ name: String, _ service: inout Service, _ decoding: Decoding) {
        let isNegative = ScalarText.integer(node).map { $0 < 0 } ?? false
        guard let count = decoding.integer(node, name, in: 0...maximumReplicas, isNegative ? .invalidValue : .unusable)
        else { return }
        service.lifecycle.replicas = Int(count)
    }

    private static func hooks(_ node: Node, _ decoding: Decoding) -> [Hook] {
        (node.sequence ?? []).compactMap { hook($0, decoding) }
    }

    static func hook(_ node: Node, _ decoding: Decoding) -> Hook? {
        guard let mapping = node.mapping, let program = mapping["command"],
            let words = command(program, "'command'", decoding)
        else { return nil }
        guard !words.isEmpty else {
            decoding.diagnostics.error(.unusable, at: program, "'command' can't be empty")
            return nil
        }
        return Hook(
            command: words, user: decoding.text(mapping["user"]),
            isPrivileged: decoding.boolean(mapping["privileged"]) ?? false,
            workingDirectory: mapping["working_dir"].flatMap { containerPath($0, "'working_dir'", decoding) },
            environment: decoding.variables(Normalizer.variables(mapping["environment"])), position: node.position)
    }
}
