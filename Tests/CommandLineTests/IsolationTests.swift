import Glibc
import Testing

@Suite("Isolation", .needsRoot())
struct IsolationTests {
    private static let service = """
        services:
          box: {image: busybox, command: [sleep, "1000"], hostname: boxed}
          other: {image: busybox, command: [sleep, "1000"], depends_on: [box]}
        test: {on: box}
        """

    @Test(
        "what a container sees of itself",
        arguments: [
            // Docker's default set: 14 capabilities.
            ("grep CapEff /proc/self/status", "CapEff:\t00000000a80425fb"),
            ("grep CapPrm /proc/self/status", "CapPrm:\t00000000a80425fb"),
            ("grep CapBnd /proc/1/status", "CapBnd:\t00000000a80425fb"),
            ("grep CapInh /proc/1/status", "CapInh:\t0000000000000000"),
            ("grep CapAmb /proc/1/status", "CapAmb:\t0000000000000000"),
            ("grep Seccomp: /proc/1/status", "Seccomp:\t2"),
            ("grep Seccomp: /proc/self/status", "Seccomp:\t2"),
            ("grep NoNewPrivs /proc/1/status", "NoNewPrivs:\t0"),
            // The harness ignores SIGPIPE, which a program must not inherit: 'yes | head' would never end.
            ("grep SigIgn /proc/1/status", "SigIgn:\t0000000000000000"),
            ("grep SigIgn /proc/self/status", "SigIgn:\t0000000000000000"),
            ("hostname", "boxed"),
            ("cat /etc/hostname", "boxed"),
            ("cat /proc/1/comm", "sleep"),
            ("cat /proc/self/cgroup | grep -v ':/$'", ""),
            ("ls /proc/1/fd | tr '\\n' ' '", "0 1 2 "),
            ("ls /proc/self/fd | tr '\\n' ' '", "0 1 2 3 "),
            ("cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c", "0"),
            ("ls /sys/firmware | wc -l", "0"),
            (
                "ls /dev | tr '\\n' ' '",
                "core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero "
            ),
            ("stat -c '%t:%T %a' /dev/null", "1:3 666"),
            ("ls /sys/class/net | tr '\\n' ' '", "eth0 lo "),
        ])
    func sees(script: String, expected: String) throws {
        let fixture = try Fixture(Self.service)
        let outcome = try fixture.run(["sh", "-c", "\(script); true"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(
            outcome.output == (expected.isEmpty ? "" : "\(expected)\n") || outcome.output == expected,
            "\(outcome.output)")
    }

    @Test(
        "what a container may not do",
        arguments: [
            "echo 1 > /proc/sys/kernel/panic", "echo h > /proc/sysrq-trigger",
            "echo 1 > /proc/irq/default_smp_affinity",
            "mkdir /sys/fs/cgroup/x", "mount -t tmpfs none /tmp", "mount -o remount,rw /sys", "umount /proc/kcore",
            "mknod /tmp/disk b 8 0 && cat /tmp/disk", "unshare -U true", "unshare -m true",
            "chroot / mount -t proc p /tmp",
            "ip link add dummy0 type dummy", "date -s 2000-01-01; [ $(date +%Y) = 2000 ]", "hostname other", "dmesg",
            "kill -0 4194303",
        ])
    func refuses(script: String) throws {
        let outcome = try Fixture(Self.service).run(["sh", "-c", "(\(script)) >/dev/null 2>&1"])
        #expect(outcome.code != 0)
        #expect(outcome.code < 126, "\(outcome.error)")
    }

    @Test("every name of the environment is in /etc/hosts at a container's first instruction")
    func hosts() throws {
        let fixture = try Fixture(
            """
            services:
              first: {image: busybox, command: [sh, -c, 'cat /etc/hosts > /out/part; mv /out/part /out/hosts; sleep 1000'], volumes: [./out:/out], ready: {file: /out/hosts, timeout: 60s}}
              second: {image: busybox, command: [sleep, "1000"], depends_on: {first: {condition: service_healthy}}}
            """)
        let out = try fixture.scratch.makeDirectory("out")
        #expect(try fixture.run(["true"]).code == 0)
        let hosts = try #require(readText("\(out)/hosts"))
        for name in ["localhost", "first", "second"] { #expect(hosts.contains(name), "\(hosts)") }
    }

    @Test("no descriptor of the caller reaches a container, the test on the host's file system or a probe")
    func descriptors() throws {
        let fixture = try Fixture(
            """
            services:
              box:
                image: busybox
                command: [sh, -c, 'ls -l /proc/1/fd > /out/service; sleep 1000']
                volumes: [./out:/out]
                healthcheck: {test: [CMD-SHELL, 'ls -l /proc/self/fd > /out/probe'], interval: 50ms}
            """)
        let out = try fixture.scratch.makeDirectory("out")
        let canary = try fixture.scratch.write("secret", to: "canary")
        let script = """
            exec 7<\(canary) 9<\(canary)
            exec \(try Caller.standard.binary) run \(fixture.scratch.path) -- /bin/busybox ls -l /proc/self/fd
            """
        let run = try ChildProcess(
            try Caller.standard.prefix + ["/bin/sh", "-c", script],
            environment: ["PATH": "/usr/sbin:/usr/bin:/bin", "HARNESS_HOME": fixture.home].merging(
                try Caller.standard.variables
            ) { $1 })
        let outcome = try run.wait()
        #expect(outcome.code == 0, "\(outcome.error)")
        for text in [readText("\(out)/service"), readText("\(out)/probe"), outcome.output] {
            let list = try #require(text)
            #expect(list.contains("0 -> "))
            #expect(!list.contains("canary"), "\(list)")
            #expect(!list.contains("socket:"), "\(list)")
        }
    }

    @Test("a container is in control groups of its own", .onlyAsRoot("a user has none that were not delegated"))
    func controlGroup() throws {
        let fixture = try Fixture(Self.service)
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"])
        try run.waitForOutput("up")
        let groups = entries("/proc").compactMap { pid -> String? in
            guard readText("/proc/\(pid)/cmdline") == "sleep\u{0}1000\u{0}" else { return nil }
            return readText("/proc/\(pid)/cgroup")
        }
        #expect(groups.filter { $0.contains(fixture.name) }.count >= 2, "\(groups)")
        run.send(SIGTERM)
        _ = try run.wait()
    }

    @Test(
        "the limits of processes and memory hold", .onlyAsRoot("a user has no groups that were not delegated"),
        arguments: [
            ("pids_limit: 10", "for n in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1 & done", [2, 1]),
            ("mem_limit: 32m", "dd if=/dev/zero of=/dev/null bs=200M count=1", [137]),
        ])
    func limits(limit: String, script: String, codes: [Int32]) throws {
        let fixture = try Fixture(
            """
            services: {box: {image: busybox, command: [sleep, "1000"], \(limit)}}
            test: {on: box, command: "\(script)"}
            """)
        let outcome = try fixture.run()
        #expect(codes.contains(outcome.code), "exit \(outcome.code): \(outcome.error)")
    }
}
