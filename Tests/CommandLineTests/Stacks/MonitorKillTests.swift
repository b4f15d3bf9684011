import Glibc
import Testing

/// HARNESS_TEST_KILLS says how often; HARNESS_TEST_SEED repeats the moments of a failed test.
@Suite("An environment that is killed at random moments", .needsRoot(), .serialized)
struct MonitorKillTests {
    /// Something of everything that could be left: a volume, a port of the host, memory, a probe, a process that traps.
    private static func text(version: Int) -> String {
        """
        services:
          db:
            image: busybox
            command: [sh, -c, "echo version \(version); exec httpd -f -p 80 -h /data"]
            volumes: [data:/data]
            tmpfs: [/scratch]
            healthcheck: {test: [CMD, test, -d, /data], interval: 50ms, retries: 100}
          job: {image: busybox, command: ["true"], depends_on: [db]}
          web:
            image: busybox
            command: [sh, -c, "trap 'exit 0' TERM; touch /up; while :; do sleep 0.02; done"]
            ports: ["80"]
            ready: {file: /up, timeout: 60s}
            depends_on: {db: {condition: service_healthy, restart: true}}
        volumes: {data: {}}
        """
    }

    /// What the environment is just doing.
    private enum Phase: CaseIterable {
        case boot, run, reconcile, down

        var command: [String] {
            switch self {
            case .boot, .reconcile: ["up", "-d"]
            case .run: ["exec", "-T", "web", "sleep", "0.1"]
            case .down: ["down"]
            }
        }
    }

    /// Who is killed without warning.
    private enum Victim: CaseIterable {
        case monitor, launcher, both
    }

    private let stack: LocalStack
    private let check: LeakCheck

    init() throws {
        stack = try LocalStack(Self.text(version: 0))
        check = try LeakCheck(stack.fixture)
    }

    @Test("the next command says so, nothing is left of it, and its volumes are kept", .timeLimit(.minutes(30)))
    func killed() throws {
        let count = variable("HARNESS_TEST_KILLS").flatMap(Int.init) ?? 15
        let seed = variable("HARNESS_TEST_SEED").flatMap(UInt64.init) ?? UInt64.random(in: 0...UInt64(UInt32.max))
        var generator = SplitMix(state: seed)
        try stack.up()
        _ = try stack.shell("db", "echo kept > /data/file")
        print("killed at \(count) random moments: HARNESS_TEST_SEED=\(seed)")
        for number in 0..<count {
            let phase = Phase.allCases[number % Phase.allCases.count]
            let victim = Victim.allCases[number / Phase.allCases.count % Victim.allCases.count]
            let part = Double.random(in: 0...1.2, using: &generator)
            try kill(victim, in: phase, after: part, "seed \(seed), number \(number)", version: number + 1)
        }
        #expect(try stack.harness("down", "-v").code == 0)
        #expect(try check.leftovers() == [])
    }

    /// - Parameter part: The moment, as a part of what the phase's command takes when nothing is killed.
    private func kill(_ victim: Victim, in phase: Phase, after part: Double, _ number: String, version: Int) throws {
        let moment = try prepare(phase, version) * part
        let child = try start(phase.command)
        try child.pause(for: moment)
        try kill(victim, startedBy: phase == .boot ? child : nil)
        let outcome = try child.wait()
        let what = "\(number): \(victim) killed \(moment) into \(phase), exit \(outcome.code)\n\(outcome.error)"
        #expect([0, 69, 125, 137].contains(outcome.code), "\(what)")
        let isUp = try hearOfIt(victim, phase, outcome, what)
        if !isUp {
            #expect(try check.leftovers(except: ["/volumes/", "/environments/"]) == [], "\(what)")
        }
        try stack.up()
        #expect(try stack.shell("db", "cat /data/file") == "kept", "\(what)")
    }

    /// Brings the environment to where the phase begins; gives about how long its command takes.
    private func prepare(_ phase: Phase, _ version: Int) throws -> Duration {
        switch phase {
        case .run: return .milliseconds(100)
        case .reconcile:
            // The same change once without being killed, for its time.
            try stack.rewrite(Self.text(version: version * 2))
            let taken = try start(phase.command).wait().duration
            try stack.rewrite(Self.text(version: version * 2 + 1))
            return taken
        case .boot, .down:
            let down = try start(["down"]).wait()
            #expect(down.code == 0, "\(down.error)")
            let up = try start(["up", "-d"]).wait()
            #expect(up.code == 0, "\(up.error)")
            guard phase == .boot else { return down.duration }
            #expect(try stack.harness("down").code == 0)
            return up.duration
        }
    }

    private func start(_ arguments: [String]) throws -> ChildProcess {
        try Harness.start(
            arguments, home: stack.fixture.home, variables: stack.variables, directory: stack.folder)
    }

    /// - Returns: Whether it is up again: `up` starts anew what was killed under it.
    private func hearOfIt(
        _ victim: Victim, _ phase: Phase, _ outcome: ChildProcess.Outcome, _ what: String
    ) throws -> Bool {
        var next = try stack.harness("ps")
        let deadline = ContinuousClock.now + .seconds(60)
        // A launcher that was killed alone: the monitor hears of it and ends.
        while next.code != 69 || next.error.contains("is just going") {
            if phase == .reconcile, outcome.code == 0, outcome.error.contains("ended before") { return true }
            try #require(ContinuousClock.now < deadline, "\(what)\n\(next.error)")
            poll(nil, 0, 10)
            next = try stack.harness("ps")
        }
        let said = outcome.error + next.error
        switch phase {
        case .run, .reconcile:
            #expect(said.contains(victim == .launcher ? "its launcher" : "was killed"), "\(what)\n\(next.error)")
        // At its beginning and end there is nothing yet that could be told, or nothing any more.
        case .boot, .down: #expect(said.contains("is not up"), "\(what)\n\(next.error)")
        }
        return false
    }

    private func kill(_ victim: Victim, startedBy child: ChildProcess?) throws {
        let record = tree("\(stack.fixture.home)/environments") {
            $0.contains(stack.name) && $0.hasSuffix("/record.json")
        }
        let written = record.first.flatMap(readText).flatMap { LocalStack.number("monitor", in: Substring($0)) }
        var monitor = written.map { pid_t($0) }
        // It may just be about to be forked.
        while monitor == nil, let child, child.isRunning {
            monitor = children(of: child.pid).first
            if monitor == nil { try child.pause(for: .milliseconds(1)) }
        }
        guard let monitor else { return }
        let launchers = victim == .monitor ? [] : children(of: monitor)
        if victim != .launcher { _ = Glibc.kill(monitor, SIGKILL) }
        for launcher in launchers { _ = Glibc.kill(launcher, SIGKILL) }
    }
}
