// Runs one scenario, named by the first argument, in this process of its own; what it saw goes to standard output.
import Glibc

let scenarios: [String: ([String]) throws -> Void] = [
    "seccomp": runFiltered,
    "seccomp-cost": measureSeccomp,
    "cgroup-life": liveInGroup,
    "cgroup-limits": exceedLimits,
    "cgroup-sweep": sweepStale,
    "cgroup-devices": useDevices,
    "cgroup-cost": measureGroups,
    "identity": assumeIdentity,
    "veth": connectNamespaces,
    "veth-cost": measureVethPairs,
    "netlink-errors": provokeRefusals,
    "netlink-lists": listManyLinks,
]

let arguments = Array(CommandLine.arguments.dropFirst())
guard let name = arguments.first, let scenario = scenarios[name] else {
    print("usage: kernel-probe \(scenarios.keys.sorted().joined(separator: "|")) [ARGUMENT…]")
    exit(64)
}
guard getuid() == 0 else {
    print("needs root")
    exit(77)
}
do {
    try scenario(Array(arguments.dropFirst()))
} catch {
    print("failed: \(error)")
    exit(1)
}
