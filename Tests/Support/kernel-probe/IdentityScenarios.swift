import Glibc
import LinuxKernel

/// Assumes an identity and prints the lines of `/proc/self/status` that tell it: UID GID GROUPS CAPABILITIES.
func assumeIdentity(_ arguments: [String]) throws {
    let numbers = arguments.prefix(2).compactMap { UInt32($0) }
    let groups = arguments[2].split(separator: ",").compactMap { UInt32($0) }
    let capabilities = try CapabilitySet(names: arguments[3].split(separator: ",").map(String.init))
    try ProcessIdentity(user: numbers[0], group: numbers[1], groups: groups, capabilities: capabilities).assume()
    let keys = ["Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs"]
    let status = String(decoding: try readRegularFile("/proc/self/status"), as: UTF8.self)
    for line in status.split(separator: "\n") where keys.contains(where: { line.hasPrefix("\($0):") }) {
        print(line.split(whereSeparator: { " \t".contains($0) }).joined(separator: " "))
    }
}
