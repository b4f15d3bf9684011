import Testing

@testable import ControlGroups

@Suite("Finding the cgroup hierarchies")
struct HierarchiesTests {
    @Test("version 2 alone")
    func unified() {
        let found = Hierarchies(
            mountInformation: """
                24 1 0:22 / /proc rw,nosuid shared:5 - proc proc rw
                29 23 0:25 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
                """,
            membership: "0::/user.slice/user-0.slice/session-1.scope\n")
        #expect(
            found
                == Hierarchies(
                    unified: Hierarchy(
                        mountPoint: "/sys/fs/cgroup",
                        ownDirectory: "/sys/fs/cgroup/user.slice/user-0.slice/session-1.scope"),
                    legacy: [:]))
    }

    @Test("whoever is not root tries every group above the own one, from the top")
    func delegated() {
        var hierarchy = Hierarchy(
            mountPoint: "/sys/fs/cgroup", ownDirectory: "/sys/fs/cgroup/user.slice/user@1000.service/run.scope")
        #expect(
            hierarchy.bases == ["/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/user@1000.service/run.scope"])
        hierarchy.isDelegated = true
        #expect(
            hierarchy.bases == [
                "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup/user.slice/user@1000.service",
                "/sys/fs/cgroup/user.slice/user@1000.service/run.scope",
            ])
        hierarchy.ownDirectory = nil
        #expect(hierarchy.bases == ["/sys/fs/cgroup"])
    }

    @Test("both versions, controllers mounted together or alone")
    func hybrid() {
        let found = Hierarchies(
            mountInformation: """
                30 29 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
                31 29 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                32 29 0:28 / /sys/fs/cgroup/pids,freezer rw - cgroup cgroup rw,pids,freezer
                33 29 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
                """,
            membership: """
                9:name=systemd:/
                8:pids,freezer:/
                4:memory:/jobs/7
                0::/
                """)
        let both = Hierarchy(mountPoint: "/sys/fs/cgroup/pids,freezer", ownDirectory: "/sys/fs/cgroup/pids,freezer")
        #expect(found.unified?.bases == ["/sys/fs/cgroup/unified"])
        #expect(found.legacy[.memory]?.bases == ["/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/jobs/7"])
        #expect(found.legacy[.pids] == both)
        #expect(found.legacy[.freezer] == both)
    }

    @Test("a container without a cgroup namespace sees its own group as the root of the mount")
    func boundGroup() {
        let found = Hierarchies(
            mountInformation: "700 690 0:31 /docker/0a1b /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
            membership: "4:memory:/docker/0a1b\n")
        #expect(found.legacy[.memory]?.bases == ["/sys/fs/cgroup/memory"])
    }

    @Test("of several mounts the one that shows the caller's own group is taken")
    func severalMounts() {
        let found = Hierarchies(
            mountInformation: """
                30 29 0:26 /other /mnt/first rw - cgroup2 cgroup2 rw
                31 29 0:26 / /mnt/with\\040space rw - cgroup2 cgroup2 rw
                32 29 0:26 / /mnt/third rw - cgroup2 cgroup2 rw
                """,
            membership: "0::/mine\n")
        #expect(
            found.unified == Hierarchy(mountPoint: "/mnt/with space", ownDirectory: "/mnt/with space/mine"))
    }

    @Test("a group outside of the cgroup namespace has no directory")
    func outsideNamespace() {
        let found = Hierarchies(
            mountInformation: "30 29 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", membership: "0::/../other\n")
        #expect(found.unified == Hierarchy(mountPoint: "/sys/fs/cgroup", ownDirectory: nil))
    }

    @Test(
        "lines that are none of this are passed over",
        arguments: ["", "x", "1 2 3 4 5 6 - cgroup2", "- - - - - - - - - - -", "1 2 0:1 / /m rw cgroup2 cgroup2 rw -"])
    func malformed(line: String) {
        #expect(Hierarchies(mountInformation: line, membership: line) == Hierarchies(unified: nil, legacy: [:]))
    }
}

@Suite("Names and limits of groups")
struct GroupArgumentTests {
    static let nowhere = Hierarchies(unified: nil, legacy: [:])

    @Test("a host without cgroups gives a warning, and groups that do nothing")
    func noHierarchy() throws {
        var environment = try EnvironmentGroup("e", in: Self.nowhere)
        #expect(environment.warnings == [.noGroup(reason: "no cgroup hierarchy is mounted")])
        let group = try environment.makeGroup("c", limits: Limits(memory: 1 << 20, pids: 5))
        #expect(
            group.warnings == [
                .limitNotEnforced(.memory, reason: "no hierarchy has the memory controller"),
                .limitNotEnforced(.pids, reason: "no hierarchy has the pids controller"),
            ])
        #expect(group.descriptor == nil)
        #expect(!group.needsJoin)
        #expect(try group.members() == [])
        #expect(try group.outOfMemoryKills() == nil)
        try group.kill()
        try environment.remove(timeout: .zero)
    }

    @Test("a hierarchy that may not be written gives a warning that names the directory")
    func readOnly() throws {
        let readOnly = Hierarchies(unified: Hierarchy(mountPoint: "/proc", ownDirectory: nil), legacy: [:])
        let environment = try EnvironmentGroup("e", in: readOnly)
        #expect(environment.warnings.count == 1)
        #expect(environment.warnings.first?.description.contains("/proc/harness") == true)
    }

    @Test(
        "names that are no single component are refused",
        arguments: ["", ".", "..", "a/b", "../x", "a\nb", "a\0", String(repeating: "x", count: 256)])
    func invalidName(name: String) throws {
        #expect(throws: ControlGroupError.invalidName(name)) { _ = try EnvironmentGroup(name, in: Self.nowhere) }
        #expect(throws: ControlGroupError.invalidName(name)) {
            try EnvironmentGroup.sweep(name, in: Self.nowhere, timeout: .zero)
        }
        var environment = try EnvironmentGroup("e", in: Self.nowhere)
        var refused: ControlGroupError?
        do { _ = try environment.makeGroup(name) } catch { refused = error }
        #expect(refused == .invalidName(name))
    }

    @Test("limits below 1 are refused", arguments: [0, -1, .min] as [Int64])
    func invalidLimit(limit: Int64) throws {
        var environment = try EnvironmentGroup("e", in: Self.nowhere)
        var refused: [ControlGroupError] = []
        do { _ = try environment.makeGroup("c", limits: Limits(memory: limit)) } catch { refused.append(error) }
        do { _ = try environment.makeGroup("c", limits: Limits(pids: limit)) } catch { refused.append(error) }
        #expect(refused == [.invalidLimit(.memory, limit), .invalidLimit(.pids, limit)])
    }
}
