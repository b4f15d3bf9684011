import Glibc
import Testing

@Suite("up with the terminal", .needsRoot(), .serialized)
struct AttachedTests {
    private static let text = """
        services:
          a: {image: busybox, command: [sh, -c, "echo from a; trap 'echo a ends; exit' TERM; while :; do sleep 0.02; done"]}
          bb: {image: busybox, command: [sh, -c, "echo from bb; sleep 1000"]}
        """

    @Test("lines are shown behind names, and SIGINT takes everything down with 130")
    func interrupted() throws {
        let stack = try LocalStack(Self.text)
        let check = try LeakCheck(stack.fixture)
        let child = try stack.start("up")
        try child.waitForOutput("bb | from bb\n")
        try child.waitForOutput("a  | from a\n")
        #expect(try stack.state("a") == "running", "others can ask it")
        child.send(SIGINT)
        let outcome = try child.wait()
        #expect(outcome.code == 130)
        #expect(outcome.output.contains("a  | a ends\n"))
        #expect(try check.leftovers() == [])
    }

    @Test("a second SIGINT does not wait")
    func twice() throws {
        let stack = try LocalStack(
            """
            services:
              a: {image: busybox, command: [sh, -c, "trap 'echo asked' TERM; echo up; while :; do sleep 0.02; done"], stop_grace_period: 60s}
            """)
        let child = try stack.start("up")
        try child.waitForOutput("a | up")
        child.send(SIGINT)
        try child.waitForOutput("a | asked")
        let start = ContinuousClock.now
        child.send(SIGINT)
        #expect(try child.wait().code == 130)
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test("--attach, --no-attach and --no-log-prefix choose what is shown")
    func chosen() throws {
        for (arguments, shown, hidden) in [
            (["--attach", "a"], "a  | from a", "from bb"), (["--no-attach", "a"], "bb | from bb", "from a"),
            (["--no-log-prefix"], "from a\n", "| from"),
        ] {
            let stack = try LocalStack(Self.text)
            let child = try Harness.start(["up"] + arguments, home: stack.fixture.home, directory: stack.folder)
            try child.waitForOutput(shown)
            try stack.eventually("both lines") { try stack.harness("logs").output.split(separator: "\n").count == 2 }
            child.send(SIGINT)
            #expect(try !child.wait().output.contains(hidden))
        }
    }

    @Test("it ends with the last container")
    func ends() throws {
        let stack = try LocalStack("services: {a: {image: busybox, command: [sh, -c, \"echo done\"]}}")
        let outcome = try stack.harness("up")
        #expect(outcome.code == 0)
        #expect(outcome.output == "a | done\n")
    }

    @Test("--abort-on-container-exit ends with the first, and with its code")
    func abort() throws {
        let stack = try LocalStack(
            """
            services:
              a: {image: busybox, command: [sleep, "1000"]}
              b: {image: busybox, command: [sh, -c, "sleep 0.3; exit 4"]}
            """)
        let outcome = try stack.harness("up", "--abort-on-container-exit")
        #expect(outcome.code == 4, "\(outcome.error)")
    }

    @Test(
        "what makes room for another does not end it, nor what is run beside; an end of its own does",
        arguments: [[], ["--abort-on-container-exit"]])
    func makesRoom(flags: [String]) throws {
        let text = { (version: Int) in
            "services: {a: {image: busybox, command: [sleep, \"1000\"], environment: {V: \(version)}}}"
        }
        let stack = try LocalStack(text(1))
        let child = try Harness.start(["up"] + flags, home: stack.fixture.home, directory: stack.folder)
        try stack.eventually("its start") { try stack.state("a") == "running" }
        #expect(try stack.harness("restart", "-t", "0", "a").code == 0)
        try stack.rewrite(text(2))
        #expect(try stack.harness("up", "-d").error.contains("replace a"))
        #expect(try stack.harness("run", "--service", "a", "--", "sh", "-c", "exit 3").code == 3)
        try stack.rewrite(text(3))
        #expect(try stack.harness("switch", "a").code == 0)
        #expect(try stack.harness("switch", "a", "--commit").code == 0)
        #expect(child.isRunning)
        #expect(try stack.shell("a", "echo $V") == "3")
        #expect(try stack.harness("kill", "a").code == 0)
        #expect(try child.wait(timeout: .seconds(20)).code == (flags.isEmpty ? 0 : 137))
    }

    @Test("--exit-code-from gives the code of the service that is named")
    func exitCodeFrom() throws {
        let stack = try LocalStack(
            """
            services:
              a: {image: busybox, command: [sh, -c, "trap 'exit 6' TERM; while :; do sleep 0.02; done"]}
              b: {image: busybox, command: [sh, -c, "sleep 0.3; exit 4"]}
            """)
        #expect(try stack.harness("up", "--exit-code-from", "a").code == 6)
        #expect(try stack.harness("up", "--exit-code-from", "b").code == 4)
    }

    @Test("on a terminal names have colours and Ctrl-C takes everything down")
    func terminal() throws {
        let stack = try LocalStack(Self.text)
        let process = try TerminalProcess(
            ["/usr/bin/env", "--chdir=\(stack.folder)", Harness.binary, "up"],
            environment: ["PATH": "/usr/bin:/bin", "HARNESS_HOME": stack.fixture.home, "TERM": "xterm"])
        try process.wait(for: "from bb")
        #expect(process.text.contains("\u{1b}["))
        process.type("\u{3}")
        #expect(try process.end() == 130)
    }

    @Test(
        "what is shown of an attached 'up' goes not with -d",
        arguments: ["--abort-on-container-exit", "--no-log-prefix"])
    func usage(flag: String) throws {
        let stack = try LocalStack(Self.text)
        #expect(try stack.harness("up", "-d", flag).code == 64)
    }
}
