import Containers
import Glibc
import LinuxKernel

/// What a user who is not root needs of the host.
extension HostCheck {
    /// In the order in which they should be mended.
    func unprivilegedFindings() -> [Finding] {
        [userNamespaces(), subordinateIDs(), controlGroups(), runtimeDirectory(), wayOut()]
    }

    /// The settings by which distributions restrict user namespaces.
    private func userNamespaces() -> Finding {
        let subject = "user namespaces"
        if Self.setting("kernel/unprivileged_userns_clone") == 0 {
            return Finding(
                subject, .missing, "kernel.unprivileged_userns_clone is 0",
                remedy: "sudo sysctl -w kernel.unprivileged_userns_clone=1")
        }
        if Self.setting("user/max_user_namespaces") == 0 {
            return Finding(
                subject, .missing, "user.max_user_namespaces is 0",
                remedy: "sudo sysctl -w user.max_user_namespaces=15000")
        }
        if Self.setting("kernel/apparmor_restrict_unprivileged_userns") == 1, Self.isUnconfined {
            let profile = "/etc/apparmor.d/harness"
            return Finding(
                subject, .missing, "AppArmor gives them no capabilities (apparmor_restrict_unprivileged_userns)",
                remedy: "printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile harness \(Self.program) "
                    + "flags=(unconfined) {\\n  userns,\\n}\\n' | sudo tee \(profile) && sudo apparmor_parser -r \(profile)"
            )
        }
        return Finding(subject, .fine, "allowed")
    }

    private func subordinateIDs() -> Finding {
        let subject = "subordinate ids"
        let (known, remedy) = (SubordinateIDs.ofCallingUser(), SubordinateIDAdvice.remedy)
        let count = min(Self.size(known.users), Self.size(known.groups))
        if count == 0 {
            return Finding(
                subject, .degraded, "none in /etc/subuid and /etc/subgid: containers have no user but root",
                remedy: remedy)
        }
        let missing = MappedProcess.missingPrograms()
        guard missing.isEmpty else {
            return Finding(
                subject, .degraded, "\(missing.joined(separator: " and ")) missing: containers have no user but root",
                remedy: "sudo apt-get install uidmap")
        }
        if count < 65535 {
            return Finding(subject, .degraded, "\(count): images that have users above fail", remedy: remedy)
        }
        return Finding(subject, .fine, "\(count)")
    }

    private static func size(_ ranges: [Range<UInt32>]) -> Int { ranges.reduce(0) { $0 + $1.count } }

    private func controlGroups() -> Finding {
        let refusals: [String]
        do {
            refusals = try SandboxGroups.refusals(identifier: "doctor-\(getpid())")
        } catch {
            refusals = ["\(error)"]
        }
        guard let first = refusals.first else { return Finding("limits", .fine, "control groups are delegated") }
        return Finding(
            "limits", .degraded, "no control groups are delegated, so that limits have no effect: \(first)",
            remedy: "systemd-run --user --scope -p Delegate=yes harness run …")
    }

    private func runtimeDirectory() -> Finding {
        let root = places.runtimeRoot
        guard root.hasPrefix("/tmp/") else { return Finding("runtime directory", .fine, root) }
        return Finding(
            "runtime directory", .degraded, "XDG_RUNTIME_DIR leads to no directory of yours: \(root) is used",
            remedy: "log in anew, or export XDG_RUNTIME_DIR=/run/user/\(getuid())")
    }

    private func wayOut() -> Finding {
        let subject = "way out"
        let path = Places.variables["PATH"] ?? ""
        guard path.split(separator: ":").contains(where: { access("\($0)/pasta", X_OK) == 0 }) else {
            return Finding(
                subject, .degraded, "pasta is missing: containers can't reach the outside",
                remedy: "sudo apt-get install passt")
        }
        guard access("/dev/net/tun", R_OK | W_OK) == 0 else {
            return Finding(
                subject, .degraded, "/dev/net/tun can't be opened: containers can't reach the outside",
                remedy: "sudo modprobe tun; sudo chmod 666 /dev/net/tun")
        }
        return Finding(subject, .fine, "pasta and /dev/net/tun are there")
    }

    /// A number below /proc/sys; `nil` where the kernel does not have it.
    private static func setting(_ name: String) -> Int? {
        text(of: "/proc/sys/\(name)").flatMap { Int($0) }
    }

    /// Whether no profile of AppArmor is in force for this process.
    private static var isUnconfined: Bool { text(of: "/proc/self/attr/current")?.hasPrefix("unconfined") ?? true }

    private static func text(of path: String) -> String? {
        do {
            let file = try OwnedDescriptor.open(path, O_RDONLY)
            return String(decoding: try readAll(file.rawValue).prefix { $0 != 0x0A && $0 != 0 }, as: UTF8.self)
        } catch {
            return nil
        }
    }

    private static var program: String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        return count > 0
            ? String(decoding: buffer[0..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : "/usr/local/bin/harness"
    }
}
