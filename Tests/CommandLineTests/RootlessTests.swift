import CLinux
import Glibc
import Testing

@Suite("Without root", .needsRoot(), .serialized)
struct RootlessTests {
    static let unprivileged: [Caller] = [.user, .plain]

    private func fileOwner(_ path: String) throws -> [uid_t] {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw SpawnError(call: "lstat \(path)", code: errno) }
        return [status.st_uid, status.st_gid]
    }

    /// The first id that newuidmap(1) gives the user beyond its own.
    private func firstSubordinate(_ kind: String) throws -> uid_t {
        let line = readText("/etc/sub\(kind)")?.split(separator: "\n").first { $0.hasPrefix("harness-tests:") }
        return try #require(line.flatMap { $0.split(separator: ":").dropFirst().first }.flatMap { uid_t($0) })
    }

    @Test("an environment comes up, is tested anywhere, and leaves nothing", arguments: unprivileged)
    func run(caller: Caller) throws {
        let fixture = try Fixture(
            """
            services:
              web: {image: busybox, command: [httpd, -f, -p, "80", -h, /etc], ready: {tcp: 80, timeout: 60s}}
              box: {image: busybox, command: [sleep, "1000"], depends_on: {web: {condition: service_healthy}}}
            """, caller: caller)
        let check = try LeakCheck(fixture)
        for place in ["host", "box", "{image: busybox}"] {
            try fixture.scratch.write(
                """
                name: \(fixture.name)
                services:
                  web: {image: busybox, command: [httpd, -f, -p, "80", -h, /etc], ready: {tcp: 80, timeout: 60s}}
                  box: {image: busybox, command: [sleep, "1000"], depends_on: {web: {condition: service_healthy}}}
                test: {on: \(place)}
                """, to: "environment.yaml")
            let outcome = try fixture.run(["sh", "-c", "busybox wget -q -O - http://web/hostname; exit 7"])
            #expect(outcome.code == 7, "\(place): \(outcome.error)")
            #expect(outcome.output == "web\n", "\(place): \(outcome.error)")
            #expect(outcome.error.contains("no user but root") == (caller == .plain), "\(outcome.error)")
        }
        #expect(try check.leftovers() == [])
    }

    @Test("a test on the host is the caller, with the caller's rights and no more", arguments: unprivileged)
    func identity(caller: Caller) throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, command: [sleep, '1000']}}", caller: caller)
        let out = try fixture.scratch.makeDirectory("out")
        let text = try fixture.output(
            of: """
                id -u; id -g; grep -E 'Cap(Prm|Eff|Inh|Amb)' /proc/self/status | cut -f2 | sort -u
                touch \(out)/file; touch /etc/harness-test 2>/dev/null || echo refused
                """)
        #expect(text == "\(try caller.uid)\n\(try caller.gid)\n0000000000000000\nrefused")
        #expect(try fileOwner("\(out)/file") == [try caller.uid, try caller.gid])
    }

    @Test("files that root of a container writes into a bind mount belong to the caller", arguments: unprivileged)
    func bindMount(caller: Caller) throws {
        let fixture = try Fixture(
            """
            services:
              s: {image: busybox, command: [sh, -c, 'touch /out/file; mkdir /new/made; exec sleep 1000'], volumes: [./out:/out, ./missing:/new], ready: {file: /new/made, timeout: 60s}}
            """, caller: caller)
        let out = try fixture.scratch.makeDirectory("out")
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 0, "\(outcome.error)")
        for path in ["\(out)/file", "\(fixture.scratch.path)/missing", "\(fixture.scratch.path)/missing/made"] {
            #expect(try fileOwner(path) == [try caller.uid, try caller.gid])
        }
    }

    @Test("files that another user of a container writes belong to a subordinate id")
    func bindMountOfOthers() throws {
        let fixture = try Fixture(
            """
            services:
              s: {image: busybox, user: "33:44", command: [sh, -c, 'touch /out/file; exec sleep 1000'], volumes: [./out:/out], ready: {file: /out/file, timeout: 60s}}
            """, caller: .user)
        let out = try fixture.scratch.makeDirectory("out", mode: 0o777)
        #expect(try fixture.run(["true"]).code == 0)
        #expect(
            try fileOwner("\(out)/file") == [try firstSubordinate("uid") + 32, try firstSubordinate("gid") + 43])
    }

    @Test("a container can't get at what its caller can't", arguments: unprivileged)
    func bindOfForeignFiles(caller: Caller) throws {
        let fixture = try Fixture(
            """
            services: {s: {image: busybox, cap_add: [ALL], volumes: ['/etc:/host-etc'], command: [sleep, '1000']}}
            test: {on: s}
            """, caller: caller)
        let script = """
            cat /host-etc/shadow; touch /host-etc/x; chmod 666 /host-etc/passwd; chown 0 /host-etc/passwd; chmod 777 /dev/null
            """
        let outcome = try fixture.run(["sh", "-c", "(\(script)) >/dev/null 2>&1; true"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try fixture.output(of: "cat /host-etc/shadow 2>/dev/null | wc -c") == "0")
        #expect(access("/etc/x", F_OK) != 0)
        #expect(try fileOwner("/etc/passwd") == [0, 0])
    }

    @Test("without subordinate ids a service that wants another user fails, and says how to get some")
    func unmappedUser() throws {
        for text in ["user: '33'", "user: 'www-data'"] {
            let fixture = try Fixture(
                "services: {s: {image: busybox, \(text), command: [sleep, '1000']}}", caller: .plain)
            let outcome = try fixture.run(["true"])
            #expect(outcome.code == 69, "\(outcome.error)")
            #expect(outcome.error.contains("user 33"), "\(outcome.error)")
            #expect(outcome.error.contains("usermod --add-subuids"), "\(outcome.error)")
        }
    }

    @Test("a container may be in the host's network, be probed and restarted there", arguments: unprivileged)
    func hostNetwork(caller: Caller) throws {
        let port = try Listener().port
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                network_mode: host
                command: [httpd, -f, -p, "127.0.0.1:\(port)", -h, /etc]
                healthcheck: {test: [CMD, wget, -q, -O, /dev/null, 'http://127.0.0.1:\(port)/hostname'], interval: 50ms, retries: 100}
              t:
                image: busybox
                network_mode: service:s
                command: [sleep, "1000"]
                depends_on: {s: {condition: service_healthy}}
            test: {on: t}
            """, caller: caller)
        let check = try LeakCheck(fixture)
        #expect(
            try fixture.output(of: "wget -q -O - http://127.0.0.1:\(port)/hostname | wc -l; ls /sys/fs/cgroup") == "1")
        #expect(try check.leftovers() == [])
    }

    @Test("a port that is root's is named, with the way to get it")
    func lowPort() throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, command: [sleep, '1000'], ports: ['127.0.0.1:81:80']}}", caller: .user)
        let first = readText("/proc/sys/net/ipv4/ip_unprivileged_port_start").flatMap {
            Int($0.split(separator: "\n").first ?? "")
        }
        try #require(first ?? 0 > 81)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 125, "\(outcome.error)")
        #expect(outcome.error.contains("ip_unprivileged_port_start"), "\(outcome.error)")
    }

    @Test("the runtime directory is the session's, or one in /tmp where there is no session")
    func runtimeDirectory() throws {
        let fixture = try Fixture("services: {s: {image: busybox, command: [sleep, '1000']}}", caller: .user)
        let fallback = "/tmp/harness-\(try Caller.user.uid)"
        // That of another user, as su(1) leaves it, counts for nothing.
        for (value, root) in [
            ("", fallback), ("/run", fallback), ("/no/such", fallback),
            (try Caller.user.runtimeDirectory, "\(try Caller.user.runtimeDirectory)/harness"),
        ] {
            let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"], variables: ["XDG_RUNTIME_DIR": value])
            try run.waitForOutput("up")
            #expect(entries(root).contains { $0.hasPrefix(fixture.name) }, "\(value)")
            run.send(SIGTERM)
            #expect(try run.wait().code == 143)
            #expect(!entries(root).contains { $0.hasPrefix(fixture.name) }, "\(value)")
        }
    }

    @Test("no variable decides which program sets the map")
    func hostilePath() throws {
        let fixture = try Fixture("services: {s: {image: busybox, command: [sleep, '1000']}}", caller: .user)
        let directory = try fixture.scratch.makeDirectory("bin")
        for name in ["newuidmap", "newgidmap"] {
            try fixture.scratch.write("#!/bin/sh\ntouch \(directory)/called\n", to: "bin/\(name)", mode: 0o755)
        }
        let path = "\(directory):/usr/sbin:/usr/bin:/sbin:/bin"
        let outcome = try fixture.run(["true"], variables: ["PATH": path])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(access("\(directory)/called", F_OK) != 0)
    }

    @Test("doctor says what the user lacks, and the command that mends it", arguments: unprivileged)
    func doctor(caller: Caller) throws {
        let outcome = try Harness.run(["doctor"], home: try Store.withBusybox(caller), caller: caller)
        #expect(outcome.code == 0, "\(outcome.output)")
        #expect(outcome.output.contains("ok       containers"), "\(outcome.output)")
        #expect(outcome.output.contains("ok       user namespaces"), "\(outcome.output)")
        #expect(outcome.output.contains("usermod --add-subuids") == (caller == .plain), "\(outcome.output)")
    }

    @Test("limits are set where control groups have been delegated, and a warning elsewhere")
    func limits() throws {
        let fixture = try Fixture(
            """
            services: {s: {image: busybox, command: [sleep, "1000"], pids_limit: 10}}
            test: {on: s, command: "for n in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1 & done"}
            """, caller: .user)
        let plain = try fixture.run()
        #expect(plain.code == 0, "\(plain.error)")
        #expect(plain.error.contains("pids"), "\(plain.error)")

        let top = "/sys/fs/cgroup/pids"
        // Version 2 is tried in the virtual machine, by the same suites.
        guard access("\(top)/cgroup.procs", F_OK) == 0 else { return }
        let group = "\(top)/\(fixture.name)-delegated"
        try #require(mkdir(group, 0o755) == 0)
        defer { rmdir(group) }
        for name in ["", "/cgroup.procs", "/tasks"] { try Caller.user.own(group + name) }
        let command = try Caller.user.prefix + [try Caller.user.binary, "run", fixture.scratch.path]
        var environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HARNESS_HOME": fixture.home]
        environment.merge(try Caller.user.variables) { $1 }
        let script = "echo $$ > \(group)/cgroup.procs && exec \"$@\""
        let run = try ChildProcess(["/bin/sh", "-c", script, "sh"] + command, environment: environment)
        let outcome = try run.wait()
        #expect([1, 2].contains(outcome.code), "exit \(outcome.code): \(outcome.error)")
        #expect(entries(group).filter { $0.contains(fixture.name) } == [])
        #expect(entries("\(group)/harness") == [])
    }
}
