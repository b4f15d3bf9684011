import Glibc
import Testing

@Suite("Groups, devices and privileges of a service", .needsRoot())
struct PrivilegeTests {
    @Test("groups are added by name and number")
    func groups() throws {
        let fixture = try Fixture(
            """
            services: {s: {image: \(RootFileSystem.image()), user: keeper, group_add: [extra, "4711"], command: [sleep, '1000']}}
            test: {on: s}
            """)
        #expect(try fixture.output(of: "id -G; grep Groups /proc/1/status") == "2345 99 4711\nGroups:\t99 2345 4711 ")
    }

    @Test("the badness for the out-of-memory killer is as given")
    func score() throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, oom_score_adj: 321, command: [sleep, '1000']}}\ntest: {on: s}")
        #expect(try fixture.output(of: "cat /proc/1/oom_score_adj /proc/self/oom_score_adj") == "321\n321")
    }

    @Test(
        "a device of the host can be used as far as its permissions go",
        .onlyAsRoot("a user's container has the user's own rights to a device"),
        arguments: [
            ("/dev/zero:/dev/mine:r", "r"), ("/dev/zero:/dev/mine:w", "w"), ("/dev/zero:/dev/mine", "rw"),
            ("/dev/full:/dev/mine:r", "r"),
        ])
    func devices(mapping: String, allowed: String) throws {
        // Numbers that the default rules do not let through: the loop device's control.
        let device = "/dev/loop-control"
        guard access(device, F_OK) == 0 else { return try usual(mapping) }
        let fixture = try Fixture(
            """
            services: {s: {image: busybox, devices: ['\(device):/dev/mine:\(allowed)'], command: [sleep, '1000']}}
            test: {on: s}
            """)
        let script = "(: < /dev/mine) 2>/dev/null && printf r; (: >> /dev/mine) 2>/dev/null && printf w; true"
        #expect(try fixture.output(of: script) == allowed)
    }

    private func usual(_ mapping: String) throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, devices: ['\(mapping)'], command: [sleep, '1000']}}\ntest: {on: s}")
        #expect(try fixture.output(of: "stat -c %F /dev/mine") == "character special file")
    }

    @Test(
        "devices that were not asked for can be made but not opened, unless a rule says so",
        .onlyAsRoot("no nodes can be made in a user namespace"),
        arguments: [("", "refused"), ("device_cgroup_rules: ['c 1:11 w'],", "opened")])
    func rules(attribute: String, expected: String) throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, \(attribute) command: [sleep, '1000']}}\ntest: {on: s}")
        let script = """
            mknod /tmp/kmsg c 1 11 || exit 1
            (: >> /tmp/kmsg) 2>/dev/null && echo opened || echo refused
            : < /dev/null && : < /dev/zero && : > /dev/full
            """
        #expect(try fixture.output(of: script) == expected)
    }

    @Test("a device that is none fails the boot at its line")
    func missingDevice() throws {
        let fixture = try Fixture(
            "services:\n  s:\n    image: busybox\n    command: [sleep, '1']\n    devices:\n      - /dev/no-such-device\n"
        )
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("environment.yaml:7:9: error"), "\(outcome.error)")
        #expect(outcome.error.contains("/dev/no-such-device"))
    }

    @Test(
        "a privileged service has every capability and device, and may change the kernel's settings",
        .onlyAsRoot("a user has few devices to give"))
    func privileged() throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, privileged: true, command: [sleep, '1000']}}\ntest: {on: s}")
        let script = """
            grep CapEff /proc/self/status | cut -f2
            grep Seccomp: /proc/1/status | cut -f2
            mkdir /tmp/m && mount -t tmpfs none /tmp/m && echo mounted
            (: > /proc/sys/net/core/somaxconn) && echo writable
            (: >> /dev/kmsg) && echo device
            ls /dev | wc -l
            """
        let lines = try fixture.output(of: script).split(separator: "\n")
        let own = readText("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("CapBnd") }
        #expect(lines.first == own?.split(separator: "\t").last)
        #expect(lines.dropFirst().prefix(4) == ["0", "mounted", "writable", "device"])
        #expect(lines.last.flatMap { Int($0) } ?? 0 >= entries("/dev").count)
    }

    @Test(
        "set-user-ID programs gain nothing with no-new-privileges",
        arguments: ["no-new-privileges", "no-new-privileges:true"])
    func noNewPrivileges(option: String) throws {
        let fixture = try Fixture(
            """
            services: {s: {image: busybox, security_opt: ['\(option)'], command: [sleep, '1000']}}
            test: {on: s}
            """)
        #expect(try fixture.output(of: "grep NoNewPrivs /proc/1/status /proc/self/status | cut -f2") == "1\n1")
    }

    @Test("a profile for system calls in Docker's format replaces the default one, for hooks and probes too")
    func profile() throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                command: [sleep, '1000']
                security_opt: ['seccomp=profile.json']
                healthcheck: {test: [CMD-SHELL, '! mkdir /tmp/x 2>/dev/null'], interval: 20ms, retries: 2}
            test: {on: s}
            """)
        try fixture.scratch.write(
            """
            {"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1, "syscalls": [
              {"names": ["mkdir", "mkdirat", "no_such_call"], "action": "SCMP_ACT_ERRNO", "errnoRet": 122},
              {"names": ["personality"], "action": "SCMP_ACT_ERRNO",
               "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
              {"names": ["chroot"], "action": "SCMP_ACT_ERRNO", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}
            """, to: "profile.json")
        let script =
            "mkdir /tmp/y; grep Seccomp: /proc/self/status | cut -f2; chroot / true && echo chroot; unshare -m true && echo no default"
        let outcome = try fixture.run(["sh", "-c", script])
        #expect(outcome.error.contains("Disk quota exceeded"), "\(outcome.error)")
        #expect(outcome.output.hasPrefix("2\nchroot\n"), "\(outcome.output)")
    }

    @Test("a file that is no profile is invalid", arguments: ["{}", "[", "{\"defaultAction\": \"allow\"}"])
    func badProfile(text: String) throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, security_opt: ['seccomp:bad.json'], command: [sleep, '1']}}")
        try fixture.scratch.write(text, to: "bad.json")
        let outcome = try fixture.run(["true"])
        #expect([65, 69].contains(outcome.code))
        #expect(outcome.error.contains("bad.json' is no profile for system calls"), "\(outcome.error)")
    }

    @Test("options of a file system in memory hold")
    func tmpfs() throws {
        let fixture = try Fixture(
            """
            services:
              s: {image: busybox, command: [sleep, '1000'], tmpfs: ['/a:size=1m,mode=750,uid=5,gid=6,nr_inodes=4', '/b:exec']}
            test: {on: s}
            """)
        let script = """
            stat -c '%a %u %g' /a; df -k /a | tail -1 | awk '{print $2}' 2>/dev/null
            for d in a b; do cp /bin/busybox /$d/busybox 2>/dev/null; done
            for n in 1 2 3 4; do touch /a/$n 2>/dev/null || echo full; done
            /b/busybox true && echo runs
            grep ' /a ' /proc/mounts | grep -c noexec
            """
        let output = try fixture.output(of: script)
        #expect(output.hasPrefix("750 5 6\n"))
        #expect(output.contains("full"))
        #expect(output.hasSuffix("runs\n1"))
    }

    @Test("the volumes of another service are mounted too, for reading only where told")
    func volumesFrom() throws {
        let fixture = try Fixture(
            """
            services:
              data: {image: busybox, volumes: ['shared:/srv/shared', '/srv/anonymous', './out:/out'], command: [sh, -c, 'touch /srv/shared/a /srv/anonymous/b; exec sleep 1000'], ready: {file: /srv/anonymous/b, timeout: 60s}}
              user: {image: busybox, volumes_from: ['data:ro'], depends_on: {data: {condition: service_healthy}}, command: [sleep, '1000']}
            volumes: {shared: }
            test: {on: user}
            """)
        try fixture.scratch.makeDirectory("out")
        let script =
            "ls /srv/shared /srv/anonymous | tr '\\n' ' '; touch /srv/shared/c 2>/dev/null || echo read-only; [ -d /out ] && echo out"
        #expect(try fixture.output(of: script) == "/srv/anonymous: b  /srv/shared: a read-only\nout")
    }
}
