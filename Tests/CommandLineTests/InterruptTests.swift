import Glibc
import Testing

@Suite("Interruption", .needsRoot(), .serialized)
struct InterruptTests {
    /// Says so in ./out when it boots and when it is asked to end; ends then unless told to stay.
    static func service(ready: String = "{file: /out/booted, timeout: 60s}", atEnd: String = "exit 0") -> String {
        """
        services:
          stubborn:
            image: busybox
            command:
              - sh
              - -c
              - "trap 'touch /out/asked; \(atEnd)' TERM; touch /out/booted; while :; do sleep 0.02; done"
            volumes: [./out:/out]
            stop_grace_period: 5m
            ready: \(ready)
        """
    }

    @Test("Ctrl-C while it boots gives 130, torn down", arguments: [true, false])
    func duringBoot(wholeGroup: Bool) throws {
        let fixture = try Fixture(Self.service(ready: "{file: /never, timeout: 60s}"))
        let out = try fixture.scratch.makeDirectory("out")
        let check = try LeakCheck(fixture)
        let run = try fixture.start(["true"])
        try wait(for: "\(out)/booted", of: run)
        interrupt(run, wholeGroup)
        let outcome = try run.wait()
        #expect(outcome.code == 130, "\(outcome.error)")
        #expect(try check.leftovers() == [])
    }

    @Test("Ctrl-C during the test gives 130, torn down", arguments: [true, false])
    func duringTest(wholeGroup: Bool) throws {
        let fixture = try Fixture(Self.service())
        try fixture.scratch.makeDirectory("out")
        let check = try LeakCheck(fixture)
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"])
        try run.waitForOutput("up")
        interrupt(run, wholeGroup)
        let outcome = try run.wait()
        #expect(outcome.code == 130, "\(outcome.error)")
        #expect(try check.leftovers() == [])
    }

    @Test("Ctrl-C during the teardown gives 130, torn down")
    func duringTeardown() throws {
        let fixture = try Fixture(Self.service(atEnd: "sleep 0.5; exit 0"))
        let out = try fixture.scratch.makeDirectory("out")
        let check = try LeakCheck(fixture)
        let run = try fixture.start(["true"])
        try wait(for: "\(out)/asked", of: run)
        run.send(SIGINT)
        let outcome = try run.wait()
        #expect(outcome.code == 130, "\(outcome.error)")
        #expect(try check.leftovers() == [])
    }

    @Test("a second Ctrl-C ends a graceful teardown at once")
    func secondIsImmediate() throws {
        let fixture = try Fixture(Self.service(atEnd: "true"))
        let out = try fixture.scratch.makeDirectory("out")
        let check = try LeakCheck(fixture)
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"])
        try run.waitForOutput("up")
        run.send(SIGINT)
        try wait(for: "\(out)/asked", of: run)
        let second = ContinuousClock.now
        run.send(SIGINT)
        let outcome = try run.wait()
        #expect(outcome.code == 130, "\(outcome.error)")
        #expect(second.duration(to: .now) < .seconds(100), "the grace period is 5 minutes")
        // Whoever kills at once leaves directories to the next run.
        #expect(try Harness.run(["gc"], home: fixture.home).code == 0)
        #expect(try check.leftovers() == [])
    }

    @Test("SIGTERM gives 143, torn down")
    func terminated() throws {
        let fixture = try Fixture(Self.service())
        let out = try fixture.scratch.makeDirectory("out")
        let check = try LeakCheck(fixture)
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"])
        try run.waitForOutput("up")
        run.send(SIGTERM)
        let outcome = try run.wait()
        #expect(outcome.code == 143, "\(outcome.error)")
        #expect(entries(out).contains("asked"))
        #expect(try check.leftovers() == [])
    }

    private func interrupt(_ run: ChildProcess, _ wholeGroup: Bool) {
        if wholeGroup { run.sendToGroup(SIGINT) } else { run.send(SIGINT) }
    }

    /// Waits until a file is there.
    private func wait(for path: String, of run: ChildProcess) throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while access(path, F_OK) != 0 {
            try #require(ContinuousClock.now < deadline, "\(path) did not come\n\(run.error)")
            try #require(run.isRunning, "it ended: \(run.error)")
            try run.pause(for: .milliseconds(2))
        }
    }
}
