import CLinux
import ControlGroups
import Glibc
import LinuxKernel

/// A group from its creation to its removal.
func liveInGroup(_: [String]) throws {
    let id = "probe-\(getpid())"
    var environment = try EnvironmentGroup(id, in: try .current())
    try sayWarnings(environment.warnings)
    let group = try environment.makeGroup("web-1")
    let child = try clone(into: group) { while true { pause() } }
    print("is member \(try group.members() == [child])")
    let membership = String(decoding: try readRegularFile("/proc/\(child)/cgroup"), as: UTF8.self)
    print("is in \(membership.contains("/harness/\(id)/web-1\n"))")
    print("empty in time \(try group.waitUntilEmpty(timeout: .zero))")
    try group.kill()
    print("empty after kill \(try group.waitUntilEmpty(timeout: .seconds(10)))")
    print("exit \(try ProcessExit.collect(child))")
    try environment.removeGroup("web-1", timeout: .seconds(10))
    try environment.remove(timeout: .seconds(10))
    print("left \(try leftovers(id))")
}

/// Limits that are reached.
func exceedLimits(_: [String]) throws {
    let id = "probe-\(getpid())"
    var environment = try EnvironmentGroup(id, in: try .current())
    try sayWarnings(environment.warnings)
    let memory = try environment.makeGroup("memory", limits: Limits(memory: 32 << 20))
    try sayWarnings(memory.warnings)
    print("kills before \(try memory.outOfMemoryKills().map(String.init) ?? "nil")")
    let eater = try clone(into: memory) {
        let size = 256 << 20
        guard let block = malloc(size) else { _exit(3) }
        memset(block, 1, size)
        _exit(0)
    }
    print("exit \(try ProcessExit.collect(eater))")
    print("kills after \(try memory.outOfMemoryKills().map(String.init) ?? "nil")")
    let pids = try environment.makeGroup("pids", limits: Limits(pids: 4))
    try sayWarnings(pids.warnings)
    let forker = try clone(into: pids) {
        for _ in 0..<64 {
            let process = fork()
            if process == 0 { while true { pause() } }
            if process < 0 { _exit(errno == EAGAIN ? 0 : 4) }
        }
        _exit(5)
    }
    print("exit \(try ProcessExit.collect(forker))")
    print("unlimited \(try environment.makeGroup("none").warnings)")
    try environment.remove(timeout: .seconds(10))
    print("left \(try leftovers(id))")
}

/// An environment whose owner was killed: processes are left, in nested groups, too.
func sweepStale(_: [String]) throws {
    let id = "probe-\(getpid())"
    var environment = try EnvironmentGroup(id, in: try .current())
    try sayWarnings(environment.warnings)
    let group = try environment.makeGroup("db", limits: Limits(memory: 64 << 20, pids: 64))
    let child = try clone(into: group) { while true { pause() } }
    do {
        _ = try EnvironmentGroup(id, in: try .current())
        print("created twice")
    } catch {
        print("second refused \("\(error)".contains("File exists"))")
    }
    try EnvironmentGroup.sweep(id, in: try .current(), timeout: .seconds(10))
    print("exit \(try ProcessExit.collect(child))")
    print("left \(try leftovers(id))")
    try EnvironmentGroup.sweep(id, in: try .current(), timeout: .zero)
    print("swept twice")
}

/// Devices that a group may and may not use; with the argument `1` by the controller of version 1.
func useDevices(_ arguments: [String]) throws {
    let id = "probe-\(getpid())"
    var hierarchies = try Hierarchies.current()
    if arguments.first == "1" {
        hierarchies.unified = nil
        if hierarchies.legacy[.devices] == nil {
            print("no devices controller of version 1")
            exit(77)
        }
    }
    var environment = try EnvironmentGroup(id, in: hierarchies)
    let policy = arguments.first == "1" ? nil : try LoadedDevicePolicy(DeviceRule.standard)
    environment.restrictDevices(policy, rules: DeviceRule.standard)
    let ownRules = DeviceRule.standard + [DeviceRule(.character, major: 1, minor: 11, access: .write)]
    for (name, rules) in [("standard", nil), ("own", ownRules), ("all", DeviceRule.everything)] {
        let group = try environment.makeGroup(name, devices: rules)
        try sayWarnings(group.warnings)
        let uses = [("/dev/null", O_RDWR), ("/dev/kmsg", O_WRONLY)]
        var letters = ""
        for (device, mode) in uses {
            let child = try clone(into: group) {
                let descriptor = open(device, mode | O_NONBLOCK)
                _exit(descriptor >= 0 || errno != EPERM ? 0 : 1)
            }
            letters += try ProcessExit.collect(child) == .exited(0) ? "y" : "n"
        }
        print("\(name) \(letters)")
    }
    try environment.remove(timeout: .seconds(10))
    print("left \(try leftovers(id))")
}

/// The time that a group takes: microseconds, the median of many.
func measureGroups(_: [String]) throws {
    let id = "probe-\(getpid())"
    var environment = try EnvironmentGroup(id, in: try .current())
    var times: [[Int]] = [[], []]
    for number in 0..<100 {
        for (kind, limits) in [Limits.none, Limits(memory: 64 << 20, pids: 64)].enumerated() {
            let start = microseconds()
            _ = try environment.makeGroup("c\(kind)-\(number)", limits: limits)
            times[kind].append(microseconds() - start)
        }
    }
    let start = microseconds()
    try environment.remove(timeout: .seconds(10))
    print(
        "creation \(times[0].sorted()[50]), with limits \(times[1].sorted()[50]); removal of 200 \(microseconds() - start)"
    )
}

private func clone(into group: Group, _ body: () -> Never) throws -> pid_t {
    let gate = try OwnedDescriptor.pipe()
    let process = try cloneProcess(controlGroup: group.descriptor)
    if process.isChild {
        close(gate.writer.rawValue)
        var byte: UInt8 = 0
        _ = read(gate.reader.rawValue, &byte, 1)
        body()
    }
    if group.needsJoin { try group.join(process.pid) }
    return process.pid
}

private func sayWarnings(_ warnings: [ControlGroupWarning]) throws {
    for warning in warnings {
        print("lacks: \(warning)")
        exit(77)
    }
}

/// The directories that are called like the environment, in any hierarchy.
private func leftovers(_ id: String) throws -> Int {
    let hierarchies = try Hierarchies.current()
    let all = hierarchies.legacy.values.map(\.mountPoint) + [hierarchies.unified?.mountPoint].compactMap { $0 }
    return all.filter { access("\($0)/harness/\(id)", F_OK) == 0 }.count
}
