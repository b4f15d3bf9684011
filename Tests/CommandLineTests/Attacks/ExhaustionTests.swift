import Glibc
import Testing

@Suite("Using up what others need", .needsRoot())
struct ExhaustionTests {
    @Test("a fork bomb stays within its limit and ends with the run")
    func forkBomb() throws {
        let fixture = try Fixture(
            """
            services:
              bomb: {image: busybox, pids_limit: 100, command: [sh, -c, 'f() { f | f & }; while :; do f; done'], restart: always}
              box: {image: busybox, command: [sleep, '1000']}
            test: {on: box, command: [sh, -c, 'sleep 0.3; true']}
            """)
        let check = try LeakCheck(fixture)
        let outcome = try fixture.run()
        // A user without delegated control groups has no such limit, and may have no process left for the test either.
        let isLimited = !outcome.error.contains("the limit of processes is not enforced")
        #expect(outcome.code == 0 || !isLimited, "\(outcome.error)")
        #expect(try check.leftovers() == [])
    }

    @Test("a container that fills its disk or memory gets an error, and nothing stays")
    func fillingDisk() throws {
        let fixture = try Fixture(
            """
            services: {box: {image: busybox, mem_limit: 64m, tmpfs: ['/t:size=4m'], shm_size: 2m, command: [sleep, '1000']}}
            test: {on: box}
            """)
        let check = try LeakCheck(fixture)
        let script = """
            dd if=/dev/zero of=/t/f bs=1M count=16 2>/dev/null || echo full
            dd if=/dev/zero of=/dev/shm/f bs=1M count=16 2>/dev/null || echo full
            dd if=/dev/zero of=/dev/f bs=1M count=80 2>/dev/null || echo full
            """
        let outcome = try fixture.run(["sh", "-c", script])
        #expect(outcome.output.hasPrefix("full\nfull\n"), "\(outcome.output)\(outcome.error)")
        #expect(try check.leftovers() == [])
    }

    @Test("a service that floods its log, a line without an end included, holds nothing up")
    func floodedLog() throws {
        let fixture = try Fixture(
            """
            services:
              loud: {image: busybox, command: [sh, -c, 'cat /dev/zero & yes']}
              box: {image: busybox, command: [sleep, '1000']}
            test: {on: box, command: [sh, -c, 'sleep 0.3']}
            """)
        let outcome = try fixture.run()
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.duration < .seconds(60))
    }

    @Test("a probe or hook that prints more than a pipe holds ends nevertheless")
    func floodedProbe() throws {
        let fixture = try Fixture(
            """
            services:
              box:
                image: busybox
                command: [sleep, '1000']
                post_start: [{command: [dd, if=/dev/zero, bs=1M, count=4]}]
                healthcheck: {test: [CMD, dd, if=/dev/zero, bs=1M, count=4], interval: 50ms, timeout: 60s, retries: 1}
            """)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.duration < .seconds(30))
    }

    @Test("a service that closes its streams is taken for what it is: running")
    func closedStreams() throws {
        let fixture = try Fixture(
            """
            services:
              quiet: {image: busybox, command: [sh, -c, 'exec <&- >&- 2>&-; sleep 1000']}
              box: {image: busybox, command: [sleep, '1000'], depends_on: [quiet]}
            test: {on: quiet, command: ["true"]}
            """)
        let check = try LeakCheck(fixture)
        #expect(try fixture.run().code == 0)
        #expect(try check.leftovers() == [])
    }

    @Test("a service that ignores every signal, or holds the network's namespace, is gone with the run")
    func ignoringSignals() throws {
        let fixture = try Fixture(
            """
            services:
              deaf:
                image: busybox
                stop_grace_period: 100ms
                command: [sh, -c, "trap '' TERM INT HUP QUIT USR1 USR2; touch /deaf; (trap '' TERM; exec 5</proc/self/ns/net; sleep 1000) & while :; do sleep 1; done"]
                ready: {file: /deaf, timeout: 60s}
            """)
        let check = try LeakCheck(fixture)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.duration < .seconds(30))
        #expect(try check.leftovers() == [])
    }
}
