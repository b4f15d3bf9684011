import Testing

@Suite("What a container sees of its control groups", .needsRoot())
struct ControlGroupViewTests {
    private static let idle = "image: busybox, command: [sleep, '1000']"
    /// Of version 2 there is one directory, of version 1 one for each hierarchy.
    private static let memory = "d=/sys/fs/cgroup; if [ -d $d/memory ]; then d=$d/memory; fi"

    @Test("its memory limit is where programs look for it, and can't be changed there")
    func limit() throws {
        let fixture = try Fixture("services: {s: {\(Self.idle), mem_limit: 64m}}\ntest: {on: s}")
        let script = """
            \(Self.memory)
            cat $d/memory.limit_in_bytes 2>/dev/null || cat $d/memory.max
            mkdir $d/x 2>/dev/null && echo made
            (echo 1g > $d/memory.limit_in_bytes || echo 1g > $d/memory.max) 2>/dev/null && echo written
            find /sys/fs/cgroup -name release_agent
            ls -d $d/harness $d/s 2>/dev/null; true
            """
        #expect(try fixture.output(of: script) == "67108864")
    }

    @Test("with version 1 there is what Java's virtual machine looks for: all four, at the names that it knows")
    func hierarchies() throws {
        let fixture = try Fixture("services: {s: {\(Self.idle), cpus: 0.5}}\ntest: {on: s}")
        let script = """
            cd /sys/fs/cgroup
            if [ -e cgroup.controllers ]; then cat cpu.max; exit; fi
            [ "$(cat cpu/cpu.cfs_quota_us)" = 50000 ] && [ -e memory/memory.limit_in_bytes ] \\
                && [ -n "$(cat cpuset/cpuset.cpus)" ] && [ -e cpuacct/cpuacct.usage ] && echo 50000 100000
            """
        #expect(try fixture.output(of: script) == "50000 100000")
    }

    @Test("a privileged container may make groups of its own")
    func privileged() throws {
        let fixture = try Fixture("services: {s: {\(Self.idle), mem_limit: 64m, privileged: true}}\ntest: {on: s}")
        #expect(try fixture.output(of: "\(Self.memory); mkdir $d/x && rmdir $d/x && echo made") == "made")
    }

    @Test("what the file mounts there stays")
    func covered() throws {
        let fixture = try Fixture(
            "services: {s: {\(Self.idle), mem_limit: 64m, tmpfs: [/sys/fs/cgroup]}}\ntest: {on: s}")
        let script = "ls /sys/fs/cgroup; grep -c ' /sys/fs/cgroup' /proc/mounts; touch /sys/fs/cgroup/x && echo own"
        #expect(try fixture.output(of: script) == "1\nown")
    }
}
