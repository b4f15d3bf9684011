import YAML

extension ServiceDecoder {
    /// Capabilities and privileges.
    static let securityAttributes: [String: ServiceAttribute] = [
        "cap_add": { node, service, decoding in service.capAdd = capabilities(node, decoding) },
        "cap_drop": { node, service, decoding in service.capDrop = capabilities(node, decoding) },
        "privileged": { node, service, decoding in service.isPrivileged = decoding.boolean(node) ?? false },
        "security_opt": { node, service, decoding in
            service.securityOptions = (node.sequence ?? []).compactMap { securityOption($0, &service, decoding) }
        },
    ]

    private static func capabilities(_ node: Node, _ decoding: Decoding) -> [String] {
        (node.sequence ?? []).compactMap { item in
            guard let text = item.text else { return nil }
            let name = text.uppercased()
            let bare = name.hasPrefix("CAP_") ? String(name.dropFirst("CAP_".count)) : name
            if bare == "ALL" || CapabilityName.all.contains(bare) { return text }
            decoding.diagnostics.error(
                .unusable, at: item, "'\(text)' is not a capability",
                remedy: Suggestion.remedy(for: bare, among: CapabilityName.all) ?? "see capabilities(7)")
            return nil
        }
    }

    /// `no-new-privileges[:true|false]`, `seccomp:unconfined|builtin|PATH`, `apparmor:…`, `label:…` and the like, `=` for `:`.
    private static func securityOption(_ node: Node, _ service: inout Service, _ decoding: Decoding) -> String? {
        guard let text = node.text else { return nil }
        let name = String(text.prefix { $0 != ":" && $0 != "=" })
        let value = text.dropFirst(name.count + 1)
        switch name {
        case "no-new-privileges" where ["", "true", "false"].contains(value): return text
        case "seccomp" where value == "unconfined" || value == "builtin": return text
        case "seccomp" where !value.isEmpty:
            service.isolation.seccompProfile = Located(decoding.hostPath(String(value)), at: node.position)
            return nil
        // There is nothing to turn off: no container is confined by either.
        case "apparmor" where value == "unconfined", "label" where value == "disable": return text
        case "systempaths" where value == "unconfined": return text
        case "apparmor", "label", "credentialspec":
            decoding.diagnostics.warning(
                .notHonoured, at: node,
                "security option '\(text)' is not honoured: containers have no profile of a security module")
            return nil
        default:
            let names = ["no-new-privileges", "seccomp", "apparmor", "label", "systempaths"]
            decoding.diagnostics.error(
                .unusable, at: node, "'\(text)' is not a security option",
                remedy: Suggestion.remedy(for: name, among: names) ?? "use one of \(names.joined(separator: ", "))")
            return nil
        }
    }
}

/// The names of capabilities(7), without `CAP_`.
enum CapabilityName {
    static let all = [
        "AUDIT_CONTROL", "AUDIT_READ", "AUDIT_WRITE", "BLOCK_SUSPEND", "BPF", "CHECKPOINT_RESTORE", "CHOWN",
        "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "IPC_LOCK", "IPC_OWNER", "KILL", "LEASE",
        "LINUX_IMMUTABLE", "MAC_ADMIN", "MAC_OVERRIDE", "MKNOD", "NET_ADMIN", "NET_BIND_SERVICE", "NET_BROADCAST",
        "NET_RAW", "PERFMON", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYSLOG", "SYS_ADMIN", "SYS_BOOT",
        "SYS_CHROOT", "SYS_MODULE", "SYS_NICE", "SYS_PACCT", "SYS_PTRACE", "SYS_RAWIO", "SYS_RESOURCE", "SYS_TIME",
        "SYS_TTY_CONFIG", "WAKE_ALARM",
    ]
}
