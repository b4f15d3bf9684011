import Glibc

/// What a run can leave on the host, compared before and after.
///
/// What carries the environment's unique name is looked for by it, so that other work on the machine does not disturb;
/// the host's network, which nothing may touch, is compared as a whole.
struct LeakCheck {
    private let name: String
    /// The fixture's folder, which is in the arguments of whatever was forked from `harness`.
    private let folder: String
    private let home: String
    private let runtimeDirectory: String
    private let network: [String: String]

    /// Takes the picture before the first run.
    init(_ fixture: Fixture) throws {
        name = fixture.name
        folder = fixture.scratch.path
        home = fixture.home
        runtimeDirectory = try fixture.caller.runtimeDirectory
        network = try Self.hostNetwork()
    }

    /// What is left, in words; empty where nothing is.
    ///
    /// The kernel frees namespaces on its own time, so it is asked again for up to `patience`.
    ///
    /// - Parameters:
    ///   - withDirectories: Also look for control groups and runtime directories, which a killed run leaves to the next
    ///     one or to `gc`.
    ///   - kept: Parts of paths that are meant to stay.
    func leftovers(
        withDirectories: Bool = true, except kept: [String] = [], patience: Duration = .seconds(60)
    ) throws -> [String] {
        let deadline = ContinuousClock.now + patience
        var found = try look(withDirectories, kept)
        while !found.isEmpty, ContinuousClock.now < deadline {
            poll(nil, 0, 5)
            found = try look(withDirectories, kept)
        }
        return found
    }

    private func look(_ withDirectories: Bool, _ kept: [String]) throws -> [String] {
        var found = processes() + mounts()
        let now = try Self.hostNetwork()
        for (what, text) in network where now[what] != text {
            found.append("\(what) was:\n\(text)\nand is:\n\(now[what] ?? "")")
        }
        if withDirectories {
            found += directories().filter { path in !kept.contains { path.contains($0) } }
        }
        return found
    }

    /// Processes whose arguments, variables, control group or mounts name the environment.
    ///
    /// Namespaces live as long as they.
    private func processes() -> [String] {
        entries("/proc").compactMap { pid in
            guard UInt32(pid) != nil, pid != "\(getpid())" else { return nil }
            for file in ["cmdline", "environ", "cgroup", "mountinfo"] {
                guard let text = readText("/proc/\(pid)/\(file)"), text.contains(name) || text.contains(folder) else {
                    continue
                }
                let command = readText("/proc/\(pid)/comm")?.split(separator: "\n").first ?? "?"
                return "process \(pid) (\(command)): /proc/\(pid)/\(file) names it"
            }
            return nil
        }
    }

    private func mounts() -> [String] {
        (readText("/proc/self/mountinfo") ?? "").split(separator: "\n")
            .filter { $0.contains(name) }.map { "mount \($0)" }
    }

    private func directories() -> [String] {
        let places = ["/sys/fs/cgroup", "\(runtimeDirectory)/harness", "/var/run/netns", home]
        let below = places.flatMap { place in tree(place) { $0.contains(name) } }
        return (below + entries("/tmp").filter { $0.contains(name) }).map { "file \($0)" }
    }

    /// The host's interfaces, addresses, routes, rules and forwarding, by name.
    static func hostNetwork() throws -> [String: String] {
        var result = ["net.ipv4.ip_forward": readText("/proc/sys/net/ipv4/ip_forward") ?? ""]
        for command in [["ip", "-o", "link"], ["ip", "-o", "addr"], ["ip", "route"], ["nft", "list", "ruleset"]] {
            let program = try ChildProcess(
                ["/usr/bin/env"] + command,
                environment: ["PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"])
            let outcome = try program.wait()
            guard outcome.code == 0 else { throw CommandFailed(command: command, error: outcome.error) }
            result[command.joined(separator: " ")] = withoutLifetimes(outcome.output)
        }
        return result
    }

    /// An address that was leased counts down.
    private static func withoutLifetimes(_ text: String) -> String {
        text.split(separator: "\n").map { line in
            String(line).split(separator: " ").filter { !$0.hasSuffix("sec") }.joined(separator: " ")
        }.joined(separator: "\n")
    }

    struct CommandFailed: Error {
        var command: [String]
        var error: String
    }
}

/// The processes whose parent is `pid`.
func children(of pid: pid_t) -> [pid_t] {
    entries("/proc").compactMap { name in
        guard let candidate = pid_t(name), let text = readText("/proc/\(name)/stat") else { return nil }
        // The command, in parentheses, may hold anything: fields are counted from its end (proc_pid_stat(5)).
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 && pid_t(fields[1]) == pid ? candidate : nil
    }
}
