/// The kernel's capabilities and Docker's rules for `cap_add` and `cap_drop`. See capabilities(7).
enum Capabilities {
    /// All 41, as linux/capability.h numbers them.
    static let all = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ].map { "CAP_" + $0 }

    /// What Docker leaves to a container that asks for nothing.
    static let standard: Set<String> = Set(
        [
            "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
            "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE",
        ].map { "CAP_" + $0 })

    private static let known = Set(all)

    /// A name that is not a capability's.
    struct Unknown: Error {
        var name: String
    }

    /// The bounding set, sorted by name.
    ///
    /// As Docker has it: `ALL` added wins over everything but single drops; `ALL` dropped leaves only what is added;
    /// otherwise what is dropped leaves the standard set first, so that a name in both lists stays.
    static func bounding(add: [String], drop: [String], isPrivileged: Bool) throws(Unknown) -> [String] {
        let (added, dropped) = (try normalised(add), try normalised(drop))
        let result: Set<String> =
            if isPrivileged {
                known
            } else if added.contains("ALL") {
                known.subtracting(dropped)
            } else if dropped.contains("ALL") {
                added
            } else {
                standard.subtracting(dropped).union(added)
            }
        return result.sorted()
    }

    private static func normalised(_ names: [String]) throws(Unknown) -> Set<String> {
        var result: Set<String> = []
        for name in names {
            let upper = name.uppercased()
            let full = upper == "ALL" || upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
            guard full == "ALL" || known.contains(full) else { throw Unknown(name: name) }
            result.insert(full)
        }
        return result
    }
}
