import Glibc
import Testing

@Suite("Restarts, replicas and hooks of a service", .needsRoot())
struct LifecycleTests {
    /// Counts its starts in a file that outlives it, since a restart keeps the container's own files.
    private static let counting = "n=$$(($$(cat /count 2>/dev/null || echo 0) + 1)); echo $$n > /count"

    @Test(
        "a service that ends is started again as its policy says, with the files that it wrote",
        arguments: [
            ("always", 0, 3), ("unless-stopped", 1, 3), ("on-failure", 1, 3), ("on-failure:1", 1, 2),
            ("on-failure", 0, 1), ("\"no\"", 1, 1),
        ])
    func restarts(policy: String, code: Int, starts: Int) throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                restart: \(policy)
                command: [sh, -c, '\(Self.counting); echo $$n >> /out/starts; [ $$n -ge 3 ] && exec sleep 1000; exit \(code)']
                volumes: [./out:/out]
            """)
        let out = try fixture.scratch.makeDirectory("out")
        let script =
            "n=0; while [ $(cat \(out)/starts 2>/dev/null | wc -l) -lt \(starts) ] && [ $n -lt 250 ]; do n=$((n+1)); sleep 0.02; done; sleep 0.25"
        _ = try fixture.run(["sh", "-c", script])
        #expect(readText("\(out)/starts")?.split(separator: "\n").count == starts)
    }

    @Test("a service with a policy may become ready at a later start")
    func readyLater() throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                restart: on-failure
                command: [sh, -c, '\(Self.counting); [ $$n -ge 3 ] || exit 1; exec httpd -f -p 80 -h /']
                ready: {tcp: 80, timeout: 60s}
            """)
        let outcome = try fixture.run(["/bin/busybox", "wget", "-q", "-O", "-", "http://s/count"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output == "3\n")
    }

    @Test("the attempts of 'deploy.restart_policy' are bounded, and its delay is kept")
    func deployedPolicy() throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                command: [sh, -c, 'date >> /out/starts; exit 1']
                volumes: [./out:/out]
                healthcheck: {test: [CMD, "false"], interval: 60s}
                deploy: {restart_policy: {condition: on-failure, max_attempts: 2, delay: 200ms}}
            """)
        let out = try fixture.scratch.makeDirectory("out")
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 69)
        #expect(outcome.duration >= .milliseconds(400))
        #expect(readText("\(out)/starts")?.split(separator: "\n").count == 3)
    }

    @Test("several containers of a service each have a name, an address and volumes of their own")
    func replicas() throws {
        let fixture = try Fixture(
            """
            services:
              web:
                image: busybox
                scale: 3
                command: [sh, -c, 'hostname > /srv/who; exec httpd -f -p 80 -h /srv']
                volumes: [/srv]
                ready: {tcp: 80, timeout: 60s}
              user: {image: busybox, command: [sleep, '1000'], depends_on: {web: {condition: service_healthy}}}
            test: {on: user}
            """)
        let check = try LeakCheck(fixture)
        let script =
            "for n in 1 2 3; do wget -q -O - http://web-$n/who; done; wget -q -O - http://web/who >/dev/null && echo web"
        #expect(try fixture.output(of: script) == "web-1\nweb-2\nweb-3\nweb")
        #expect(try check.leftovers() == [])
    }

    @Test("a service of no container is left out, and nobody waits for it")
    func noReplica() throws {
        let fixture = try Fixture(
            """
            services:
              none: {image: busybox, deploy: {replicas: 0}, command: ["false"]}
              user: {image: busybox, command: [sleep, '1000'], depends_on: [none]}
            test: {on: user, command: [sh, -c, "! grep none /etc/hosts"]}
            """)
        #expect(try fixture.run().code == 0)
    }

    @Test("hooks run after the start and before the stop, as whom they say")
    func hooks() throws {
        let fixture = try Fixture(
            """
            services:
              s:
                image: busybox
                user: "1234"
                command: [sh, -c, 'trap "echo stopped >> /out/order; exit" TERM; while :; do sleep 0.02; done']
                volumes: [./out:/out]
                post_start:
                  - {command: [sh, -c, 'echo started $$(id -u) $$WHO $$PWD >> /out/order'], environment: [WHO=me], working_dir: /tmp}
                  - {command: [sh, -c, 'grep CapEff /proc/self/status | cut -f2 >> /out/order'], user: root, privileged: true}
                pre_stop: [{command: [sh, -c, 'echo stopping $$(id -u) >> /out/order']}]
              t: {image: busybox, command: [sh, -c, 'cat /out/order > /out/seen; exec sleep 1000'], volumes: [./out:/out], depends_on: [s], ready: {file: /out/seen, timeout: 60s}}
            """)
        let out = try fixture.scratch.makeDirectory("out", mode: 0o777)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 0, "\(outcome.error)")
        let own = readText("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("CapBnd") }
        // In a user namespace there are all that the kernel has.
        let last = readText("/proc/sys/kernel/cap_last_cap")?.split(separator: "\n").first.flatMap { UInt64($0) } ?? 0
        let every = String((1 << (last + 1)) - 1 as UInt64, radix: 16)
        let all =
            Caller.standard == .root
            ? String(own?.split(separator: "\t").last ?? "")
            : String(repeating: "0", count: 16 - every.count) + every
        #expect(readText("\(out)/order") == "started 1234 me /tmp\n\(all)\nstopping 1234\nstopped\n")
        #expect(readText("\(out)/seen") == "started 1234 me /tmp\n\(all)\n")
    }

    @Test("a hook that fails after the start fails the boot at its line")
    func failingHook() throws {
        let fixture = try Fixture(
            "services:\n  s:\n    image: busybox\n    command: [sleep, '1000']\n    post_start:\n      - {command: [sh, -c, 'echo no such table; exit 3']}\n"
        )
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("environment.yaml:7:9: error"), "\(outcome.error)")
        #expect(outcome.error.contains("exited with 3"))
        #expect(outcome.error.contains("no such table"))
    }

    @Test(
        "a service that the kernel kills for memory is told from one that was killed",
        .onlyAsRoot("a user has no control groups that were not delegated"))
    func outOfMemory() throws {
        let hungry = try Fixture(
            """
            services:
              s: {image: busybox, mem_limit: 16m, command: [dd, if=/dev/zero, of=/dev/null, bs=200M, count=1], healthcheck: {test: [CMD, "false"]}}
            """)
        let outcome = try hungry.run(["true"])
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("was killed by the kernel: out of memory (limit 16 MiB)"), "\(outcome.error)")
        let killed = try Fixture(
            """
            services:
              s: {image: busybox, mem_limit: 16m, init: true, command: [sh, -c, 'kill -9 $$$$'], healthcheck: {test: [CMD, "false"]}}
            """)
        let other = try killed.run(["true"])
        #expect(other.error.contains("exited with 137"), "\(other.error)")
        #expect(!other.error.contains("out of memory"))
    }
}
