import Testing

/// A service that does nothing until it is killed.
let idle = """
    services:
      idle: {image: busybox, command: [sleep, "1000"]}
    """

@Suite("Exit codes of run", .needsRoot())
struct ExitCodeTests {
    @Test("the test's own code is given back", arguments: [0, 1, 7, 64, 69, 123, 124, 125, 126, 127, 255])
    func passesThrough(code: Int32) throws {
        let outcome = try Fixture(idle).run(["sh", "-c", "exit \(code)"])
        #expect(outcome.code == code, "\(outcome.error)")
    }

    @Test(
        "wherever the test runs, its code is given back",
        arguments: ["host", "idle", "{image: busybox}"])
    func passesThroughFromEveryPlace(place: String) throws {
        let fixture = try Fixture("\(idle)\ntest: {on: \(place), command: exit 7}")
        let outcome = try fixture.run()
        #expect(outcome.code == 7, "\(outcome.error)")
    }

    @Test("a test that dies of a signal gives 128 and its number", arguments: ["host", "idle"])
    func deathBySignal(place: String) throws {
        let fixture = try Fixture("\(idle)\ntest: {on: \(place), command: 'kill -SEGV $$$$'}")
        let outcome = try fixture.run()
        #expect(outcome.code == 139, "\(outcome.error)")
    }

    @Test("a command that does not exist gives 127", arguments: ["host", "idle"])
    func commandNotFound(place: String) throws {
        let fixture = try Fixture("\(idle)\ntest: {on: \(place)}")
        let outcome = try fixture.run(["/no/such/program"])
        #expect(outcome.code == 127)
        #expect(outcome.error.contains("/no/such/program"))
    }

    @Test("a test that takes longer than --timeout gives 124, at that time")
    func timeout() throws {
        let outcome = try Fixture(idle).run(["sleep", "60"], options: ["--timeout", "1s"])
        #expect(outcome.code == 124)
        #expect(outcome.duration >= .seconds(1))
        #expect(outcome.duration < .seconds(30))
    }

    @Test("the file's own timeout holds too")
    func timeoutOfFile() throws {
        let outcome = try Fixture("\(idle)\ntest: {timeout: 200ms, command: sleep 60}").run()
        #expect(outcome.code == 124)
        #expect(outcome.duration < .seconds(30))
    }

    @Test("the test's output passes through untouched and progress stays out of it")
    func outputPassesThrough() throws {
        let outcome = try Fixture(idle).run(["sh", "-c", "printf 'a\\0b'; printf 'c\\n' >&2"])
        #expect(Array(outcome.output.utf8) == [0x61, 0, 0x62])
        #expect(outcome.error.contains("c\n"))
    }
}

@Suite("Usage")
struct UsageTests {
    @Test(
        "wrong usage gives 64 and a hint",
        arguments: [["frobnicate"], ["run", "--frobnicate"], ["run", "--timeout", "soon"], ["image", "import"]])
    func wrongUsage(arguments: [String]) throws {
        let scratch = try Scratch()
        let outcome = try Harness.run(arguments, home: scratch.path)
        #expect(outcome.code == 64, "\(outcome.error)")
        #expect(outcome.error.contains("sage") || outcome.error.contains("rror"))
    }

    @Test("version is a line on standard output")
    func version() throws {
        let scratch = try Scratch()
        let outcome = try Harness.run(["version"], home: scratch.path)
        #expect(outcome.code == 0)
        #expect(outcome.output.contains(/[0-9]+\.[0-9]+/))
        #expect(outcome.error.isEmpty)
    }

    @Test("help names every command", arguments: ["run", "image", "doctor", "gc", "version"])
    func help(command: String) throws {
        let scratch = try Scratch()
        let outcome = try Harness.run(["--help"], home: scratch.path)
        #expect(outcome.code == 0)
        #expect(outcome.output.contains(command))
    }

    @Test("doctor tells of each thing whether it is there, and as root that nothing is missing", .needsRoot())
    func doctor() throws {
        let scratch = try Scratch()
        let outcome = try Harness.run(["doctor"], home: scratch.path)
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)")
        #expect(outcome.output.contains(/ok +kernel: Linux/))
        #expect(!outcome.output.contains("missing"))
    }

    @Test("gc in an empty store has nothing to do")
    func collectNothing() throws {
        let scratch = try Scratch()
        let outcome = try Harness.run(["gc"], home: scratch.path)
        #expect(outcome.code == 0, "\(outcome.error)")
    }
}
