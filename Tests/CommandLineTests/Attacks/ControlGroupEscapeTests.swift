import Glibc
import Testing

/// CVE-2022-0492: a release agent, which the kernel runs on the host.
@Suite("Escaping by a control group", .needsRoot())
struct ControlGroupEscapeTests {
    /// Not with CAP_SYS_ADMIN, which gives the machine away without a security module, in Docker as here.
    @Test("no control group's release agent can be set, in a user namespace of the container's own neither")
    func releaseAgent() throws {
        let fixture = try Fixture("services: {box: {image: busybox, command: [sleep, '1000']}}\ntest: {on: box}")
        let script = """
            mkdir -p /cg
            for c in memory rdma misc pids freezer; do
                mount -t cgroup -o $c none /cg 2>/dev/null || continue
                (echo /harness-attack > /cg/release_agent) 2>/dev/null && echo $c
                umount /cg
            done
            find /sys/fs/cgroup -name release_agent 2>/dev/null
            unshare -UrmC sh -c 'mount -t cgroup -o memory none /cg && echo > /cg/release_agent && echo user' 2>/dev/null
            true
            """
        #expect(try fixture.output(of: script).isEmpty)
        #expect(access("/harness-attack", F_OK) != 0)
    }

    @Test("a container can't leave its control groups")
    func leaving() throws {
        let fixture = try Fixture(
            """
            services: {box: {image: busybox, mem_limit: 64m, pids_limit: 50, command: [sleep, '1000']}}
            test: {on: box}
            """)
        let script = """
            for f in $(find / -xdev -name cgroup.procs 2>/dev/null; find /sys/fs/cgroup -name cgroup.procs 2>/dev/null); do
                (echo $$ > $f) 2>/dev/null && echo $f
            done
            grep -v ':/$' /proc/self/cgroup; true
            """
        #expect(try fixture.output(of: script).isEmpty)
    }
}
