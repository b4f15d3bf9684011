import Glibc
import Testing

@Suite("What a run leaves behind", .needsRoot(), .serialized)
struct CleanUpTests {
    /// Something of everything: a volume, a network of three, a published port, a file in memory, a health check.
    static let everything = """
        services:
          database:
            image: busybox
            command: [sh, -c, 'echo up > /data/state; exec httpd -f -p 80 -h /data']
            volumes: [data:/data]
            tmpfs: [/scratch]
            healthcheck: {test: [CMD, wget, -q, -O, /dev/null, 'http://127.0.0.1/state'], interval: 50ms, retries: 100}
          migrate:
            image: busybox
            command: [sh, -c, 'echo migrated >> /data/state']
            volumes: [data:/data]
            depends_on: {database: {condition: service_healthy}}
          web:
            image: busybox
            command: [httpd, -f, -p, "80", -h, /etc]
            ports: ["80"]
            init: true
            ready: {tcp: 80, timeout: 60s}
            depends_on: {migrate: {condition: service_completed_successfully}}
        volumes: {data: }
        """

    @Test("after a run nothing is left", arguments: [["true"], ["false"], ["sh", "-c", "sleep 1000 & exit 0"]])
    func completedRun(command: [String]) throws {
        let fixture = try Fixture(Self.everything)
        let check = try LeakCheck(fixture)
        let outcome = try fixture.run(command)
        #expect(outcome.code == (command == ["false"] ? 1 : 0), "\(outcome.error)")
        #expect(try check.leftovers() == [])
    }

    @Test("after a boot that failed nothing is left")
    func failedBoot() throws {
        let last = "  last: {image: busybox, command: [/no/such/program], depends_on: [web]}\n"
        let fixture = try Fixture(Self.everything.replacing("volumes: {data: }", with: "\(last)volumes: {data: }"))
        let check = try LeakCheck(fixture)
        #expect(try fixture.run(["true"]).code == 69)
        #expect(try check.leftovers() == [])
    }

    /// Who is killed without warning.
    enum Victim: CaseIterable {
        case harness, launcher, both
    }

    @Test("killed at any of 50 random moments, nothing is left", .timeLimit(.minutes(10)))
    func killed() throws {
        let fixture = try Fixture(Self.everything)
        let check = try LeakCheck(fixture)
        let whole = try fixture.run(["sleep", "0.05"])
        try #require(whole.code == 0, "\(whole.error)")
        let seed = variable("HARNESS_TEST_SEED").flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64(UInt32.max))
        print("killed at random moments: HARNESS_TEST_SEED=\(seed), a whole run takes \(whole.duration)")
        var generator = SplitMix(state: seed)

        for number in 0..<50 {
            let moment = whole.duration * Double.random(in: 0...1.2, using: &generator)
            let victim = Victim.allCases[number % Victim.allCases.count]
            let run = try fixture.start(["sleep", "0.05"])
            try run.pause(for: moment)
            kill(victim, of: run)
            let outcome = try run.wait()
            let what = "seed \(seed), number \(number): \(victim) killed after \(moment), exit \(outcome.code)"
            #expect([0, 125, 137].contains(outcome.code), "\(what)\n\(outcome.error)")
            #expect(try check.leftovers(withDirectories: false) == [], "\(what)")
        }
        #expect(try Harness.run(["gc"], home: fixture.home).code == 0)
        #expect(try check.leftovers() == [])
    }

    @Test("what a killed run left is removed by the next run")
    func nextRunCleansUp() throws {
        let fixture = try Fixture(Self.everything)
        let check = try LeakCheck(fixture)
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"])
        try run.waitForOutput("up")
        kill(.both, of: run)
        #expect(try run.wait().code == 137)
        #expect(try check.leftovers(withDirectories: false) == [])
        #expect(try fixture.run(["true"]).code == 0)
        #expect(try check.leftovers() == [])
    }

    @Test("gc leaves a run alone that is still there")
    func collectDuringRun() throws {
        let fixture = try Fixture(Self.everything)
        let run = try fixture.start(["sh", "-c", "echo up; sleep 0.5; /bin/busybox wget -q -O - http://web/hostname"])
        try run.waitForOutput("up")
        #expect(try Harness.run(["gc"], home: fixture.home).code == 0)
        let outcome = try run.wait()
        #expect(outcome.code == 0, "\(outcome.error)")
    }

    private func kill(_ victim: Victim, of run: ChildProcess) {
        let launchers = run.isRunning && victim != .harness ? children(of: run.pid) : []
        if victim != .launcher { run.send(SIGKILL) }
        for launcher in launchers { _ = Glibc.kill(launcher, SIGKILL) }
    }
}

/// A small generator whose sequence is known from its seed (Steele, Lea and Flood, 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
