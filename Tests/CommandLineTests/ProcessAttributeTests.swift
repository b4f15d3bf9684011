import CLinux
import Glibc
import Testing

@Suite("What a service's program runs as", .needsRoot())
struct ProcessAttributeTests {
    @Test(
        "users and groups are looked up in the image",
        arguments: [
            ("keeper", "1234 2345 2345 99"), ("keeper:extra", "1234 99 99"), ("1234", "1234 2345 2345 99"),
            ("5000", "5000 0 0"), ("5000:6000", "5000 6000 6000"), ("root", "0 0 0"),
        ])
    func user(name: String, expected: String) throws {
        let fixture = try Fixture(
            """
            services:
              s: {image: \(RootFileSystem.image()), user: "\(name)", command: [sh, -c, '\(Self.identity.replacing("$", with: "$$")) > /out/id; sleep 1000'], volumes: [./out:/out], ready: {file: /out/id, timeout: 60s}}
            test: {on: s}
            """)
        let out = try fixture.scratch.makeDirectory("out", mode: 0o777)
        #expect(try fixture.output(of: Self.identity) == expected)
        #expect(readText("\(out)/id") == "\(expected)\n")
    }

    private static let identity = "echo $(id -u) $(id -g) $(id -G)"

    @Test("a program of another user has no capability but keeps the bounding set")
    func capabilitiesOfUser() throws {
        let fixture = try Fixture(
            "services: {s: {image: \(RootFileSystem.image()), user: keeper, command: [sleep, '1000']}}\ntest: {on: s}")
        let text = try fixture.output(of: "grep -E 'Cap(Eff|Bnd)' /proc/self/status")
        #expect(text == "CapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb")
    }

    @Test(
        "capabilities are added and dropped",
        arguments: [
            ("cap_add: [NET_ADMIN]", "00000000a80435fb"), ("cap_drop: [CAP_CHOWN]", "00000000a80425fa"),
            ("cap_drop: [ALL]", "0000000000000000"), ("cap_drop: [ALL], cap_add: [KILL]", "0000000000000020"),
        ])
    func capabilities(attribute: String, expected: String) throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, \(attribute), command: [sleep, '1000']}}\ntest: {on: s}")
        #expect(try fixture.output(of: "grep CapEff /proc/self/status") == "CapEff:\t\(expected)")
    }

    @Test("a limit that the host refuses to raise is set as far as it goes, and a warning names it")
    func refusedLimit() throws {
        let fixture = try Fixture(
            """
            services: {s: {image: busybox, command: [sleep, "1000"], ulimits: {nofile: {soft: 100, hard: 900000000}}}}
            test: {on: s}
            """)
        // Root of a machine where it has lost the right to.
        let program = try ChildProcess(
            [
                "/usr/bin/setpriv", "--bounding-set", "-sys_resource", Harness.binary, "run", fixture.scratch.path,
                "--", "sh", "-c", "ulimit -Sn",
            ], environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HARNESS_HOME": fixture.home])
        let outcome = try program.wait()
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output == "100\n")
        #expect(outcome.error.contains("service 's': ulimit nofile: the host allows no more than"), "\(outcome.error)")
    }

    @Test("limits of resources are as given")
    func limits() throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                command: [sleep, "1000"]
                ulimits: {nofile: {soft: 123, hard: 456}, nproc: 789, core: 0}
            test: {on: s}
            """)
        #expect(try fixture.output(of: "ulimit -Sn; ulimit -Hn; ulimit -u; ulimit -c") == "123\n456\n789\n0")
    }

    @Test(
        "each limit is the one of its name, or a warning names it",
        arguments: [
            ("cpu", 3601, "Max cpu time"), ("fsize", 1_000_001, "Max file size"),
            ("data", 900_000_001, "Max data size"),
            ("stack", 4_194_304, "Max stack size"), ("core", 17, "Max core file size"),
            ("rss", 800_000_001, "Max resident set"), ("memlock", 700_001, "Max locked memory"),
            ("as", 999_000_001, "Max address space"), ("locks", 601, "Max file locks"),
            ("sigpending", 501, "Max pending signals"), ("msgqueue", 400_001, "Max msgqueue size"),
            ("nice", 11, "Max nice priority"), ("rtprio", 12, "Max realtime priority"),
            ("rttime", 1_300_001, "Max realtime timeout"),
        ])
    func everyLimit(name: String, value: Int, line: String) throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, command: [sleep, '1000'], ulimits: {\(name): \(value)}}}\ntest: {on: s}")
        let script = "sed -n 's/^\(line) *\\([^ ]*\\) *\\([^ ]*\\).*/\\1 \\2/p' /proc/self/limits"
        let outcome = try fixture.run(["sh", "-c", script])
        // Priorities can't be raised where root itself lacks the right to, as in a container.
        let isRefused = outcome.error.contains("service 's': ulimit \(name): the host allows no more than")
        #expect(outcome.output == "\(value) \(value)\n" || isRefused, "\(outcome.error)")
    }

    @Test("/dev/shm has the size that is given, else Docker's", arguments: [("", "65536"), ("shm_size: 7m,", "7168")])
    func sharedMemory(attribute: String, kilobytes: String) throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, \(attribute) command: [sleep, '1000']}}\ntest: {on: s}")
        #expect(try fixture.output(of: "df -k /dev/shm | tail -n 1 | awk '{print $2}'") == kilobytes)
    }

    @Test("the working directory is as given, and made where it is missing", arguments: ["/etc", "/not/there/yet"])
    func workingDirectory(path: String) throws {
        let fixture = try Fixture(
            "services: {s: {image: busybox, working_dir: \(path), command: [sleep, '1000']}}\ntest: {on: s}")
        #expect(try fixture.output(of: "pwd") == path)
    }

    @Test("the environment comes from files and the file, the latter winning, with nothing of the caller's")
    func environment() throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                command: [sleep, "1000"]
                env_file: [one.env]
                environment: {A: of-the-file, TAKEN: , ABSENT: }
            test: {on: s}
            """)
        try fixture.scratch.write("A=of-one\nB=of-one\n", to: "one.env")
        let outcome = try fixture.run(
            ["sh", "-c", "echo $A $B $TAKEN ${ABSENT-none} ${CALLER-none}"],
            variables: ["TAKEN": "taken", "CALLER": "x"])
        #expect(outcome.output == "of-the-file of-one taken none none\n", "\(outcome.error)")
    }

    @Test("an init process is number 1, and no zombie stays")
    func reaper() throws {
        let fixture = try Fixture(
            """
            services: {s: {image: busybox, init: true, command: [sleep, "1000"]}}
            test: {on: s}
            """)
        let script = """
            grep -q sleep /proc/1/comm && echo 'sleep is number 1'
            sh -c 'sleep 0.05 & exit 0'
            for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
                sleep 0.1; grep -l 'sleep) Z' /proc/[0-9]*/stat 2>/dev/null || { pgrep -f 'sleep 0.05' >/dev/null || exit 0; }
            done
            echo 'still there'
            """
        #expect(try fixture.output(of: script).isEmpty)
    }

    @Test("a service that asks for it is ended by its signal, in its time, dependants first")
    func gracefulStop() throws {
        let fixture = try Fixture(
            """
            x-service: &service
              image: busybox
              volumes: [./out:/out]
              stop_signal: SIGUSR1
              stop_grace_period: 10s
              command: [sh, -c, "trap 'echo $$NAME >> /out/order; exit 0' USR1; touch /out/$$NAME; while :; do sleep 0.02; done"]
            services:
              database: {<<: *service, environment: {NAME: database}, ready: {file: /out/database, timeout: 60s}}
              web:
                <<: *service
                environment: {NAME: web}
                ready: {file: /out/web, timeout: 60s}
                depends_on: {database: {condition: service_healthy}}
            """)
        let out = try fixture.scratch.makeDirectory("out")
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(readText("\(out)/order") == "web\ndatabase\n")
    }

    @Test("what does not end in its time is killed")
    func graceOver() throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                command:
                  - sh
                  - -c
                  - "trap 'touch /out/asked' TERM; while :; do touch /out/alive; sleep 0.02; done"
                volumes: [./out:/out]
                stop_grace_period: 300ms
                ready: {file: /out/alive, timeout: 60s}
            """)
        let out = try fixture.scratch.makeDirectory("out")
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.duration >= .milliseconds(300))
        let lived = try modification("\(out)/alive") - modification("\(out)/asked")
        #expect(lived < .seconds(9), "without its own grace period it would have been 10 s")
    }

    private func modification(_ path: String) throws -> Duration {
        var status = stat()
        try #require(stat(path, &status) == 0, "\(path) is missing")
        return .seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec)
    }

    @Test("a service that asks for nothing is not asked to end either")
    func immediate() throws {
        let script = "trap 'touch /out/asked; exit 0' TERM; touch /out/trapped; while :; do sleep 0.02; done"
        let fixture = try Fixture(
            """
            services:
              s: {image: busybox, command: [sh, -c, "\(script)"], volumes: [./out:/out], ready: {file: /out/trapped, timeout: 60s}}
            """)
        let out = try fixture.scratch.makeDirectory("out")
        #expect(try fixture.run(["true"]).code == 0)
        #expect(entries(out) == ["trapped"])
    }
}
