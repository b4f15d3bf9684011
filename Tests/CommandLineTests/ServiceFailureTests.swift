import CLinux
import Glibc
import Testing

@Suite("Services that fail", .needsRoot())
struct ServiceFailureTests {
    @Test("a service that exits before it is healthy ends the run at once, with its last lines")
    func exitsBeforeHealthy() throws {
        let fixture = try Fixture(
            """
            services:
              broken:
                image: busybox
                command: [sh, -c, 'echo these are; echo the last words >&2; touch /out/ended; exit 3']
                volumes: [./out:/out]
                healthcheck: {test: [CMD, "false"], interval: 60s, retries: 100}
            """)
        let out = try fixture.scratch.makeDirectory("out")
        let outcome = try fixture.run(["true"])
        let now = wallClock()

        #expect(outcome.code == 69)
        #expect(outcome.error.contains("broken"))
        #expect(outcome.error.contains("3"))
        #expect(outcome.error.contains("these are"))
        #expect(outcome.error.contains("the last words"))
        var status = stat()
        #expect(stat("\(out)/ended", &status) == 0)
        let ended = Duration.seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec)
        #expect(now - ended < .seconds(20))
    }

    @Test("a one-shot service that fails ends the run, and who waits for it never starts")
    func oneShotFails() throws {
        let fixture = try Fixture(
            """
            services:
              migrate: {image: busybox, command: [sh, -c, 'echo no table; exit 4']}
              web:
                image: busybox
                command: [touch, /out/started]
                volumes: [./out:/out]
                depends_on: {migrate: {condition: service_completed_successfully}}
            """)
        let out = try fixture.scratch.makeDirectory("out")
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("migrate"))
        #expect(outcome.error.contains("no table"))
        #expect(entries(out).isEmpty)
    }

    @Test("a service that never becomes ready fails when its own time is over")
    func neverReady() throws {
        let fixture = try Fixture(
            """
            services:
              slow: {image: busybox, command: [sleep, "1000"], ready: {tcp: 80, timeout: 300ms}}
            """)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("slow"))
        #expect(outcome.duration >= .milliseconds(300))
        #expect(outcome.duration < .seconds(20))
    }

    @Test("a health check that fails as often as `retries` says ends the run")
    func unhealthy() throws {
        let fixture = try Fixture(
            """
            services:
              sick:
                image: busybox
                command: [sleep, "1000"]
                healthcheck: {test: [CMD-SHELL, 'echo I am unwell; exit 1'], interval: 20ms, retries: 3}
            """)
        let outcome = try fixture.run(["true"])
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("sick"))
        #expect(outcome.error.contains("I am unwell"))
        #expect(outcome.duration < .seconds(20))
    }

    @Test("the test starts only when every service is ready, whatever becomes ready last")
    func gatesTheTest() throws {
        let fixture = try Fixture(
            """
            services:
              web:
                image: busybox
                command: [sh, -c, 'sleep 0.3; exec httpd -f -p 80 -h /etc']
                healthcheck: {test: [CMD, wget, -q, -O, /dev/null, 'http://127.0.0.1/hostname'], interval: 50ms, retries: 100}
            test: {on: web, command: wget -q -O - http://web/hostname}
            """)
        #expect(try fixture.run().code == 0)
    }

    @Test("dependencies start in order, whatever the order of the file")
    func order() throws {
        let fixture = try Fixture(
            """
            services:
              third: {image: busybox, command: &say [sh, -c, 'echo $$NAME >> /out/order'], environment: {NAME: third}, volumes: &out [./out:/out], depends_on: {second: &done {condition: service_completed_successfully}}}
              second: {image: busybox, command: *say, environment: {NAME: second}, volumes: *out, depends_on: {first: *done}}
              first: {image: busybox, command: *say, environment: {NAME: first}, volumes: *out}
            """)
        let out = try fixture.scratch.makeDirectory("out")
        #expect(try fixture.run(["true"]).code == 0)
        // The last of them is waited for by nobody, so it may or may not have come to its word.
        #expect(readText("\(out)/order")?.hasPrefix("first\nsecond\n") == true)
    }

    private func wallClock() -> Duration {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return .seconds(now.tv_sec) + .nanoseconds(now.tv_nsec)
    }
}
