import Glibc
import Testing

@Suite("What the test command sees", .needsRoot())
struct TestPlaceTests {
    private static let web = """
        services:
          web-server: {image: busybox, command: [httpd, -f, -p, "8080", -h, /etc], ports: ["8080"], ready: {tcp: 8080, timeout: 60s}}
        """

    @Test("variables tell it where the services are", arguments: ["host", "web-server", "{image: busybox}"])
    func variables(place: String) throws {
        let fixture = try Fixture("\(Self.web)\ntest: {on: \(place)}")
        let text = try fixture.output(
            of: """
                echo $HARNESS $HARNESS_ENVIRONMENT $HARNESS_WEB_SERVER_PORT $HARNESS_WEB_SERVER_PORT_8080
                busybox wget -q -O - "http://$HARNESS_WEB_SERVER_HOST:$HARNESS_WEB_SERVER_PORT/hostname" >/dev/null && echo answered
                """)
        #expect(text == "1 \(fixture.name) 8080 8080\nanswered")
    }

    @Test("on the host it has the caller's directory, files, user and variables, and the environment's network")
    func onHost() throws {
        let fixture = try Fixture(Self.web)
        let outcome = try Harness.run(
            [
                "run", "--", "sh", "-c",
                "pwd; id -u; echo $CALLER; ls environment.yaml; ls /sys/class/net | tr '\\n' ' '",
            ],
            home: fixture.home, variables: ["CALLER": "kept"], directory: fixture.scratch.path)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(
            outcome.output.hasPrefix("\(fixture.scratch.path)\n\(try Caller.standard.uid)\nkept\nenvironment.yaml\n"))
        #expect(!outcome.output.contains("veth"))
    }

    @Test("a pipe whose reader has gone ends it, as it would anywhere")
    func brokenPipe() throws {
        let outcome = try Fixture(Self.web).run(["sh", "-c", "kill -PIPE $$; echo survived"])
        #expect(outcome.output.isEmpty)
        #expect(outcome.code == 128 + SIGPIPE)
    }

    @Test("on the host it sees the sandbox's processes and no others")
    func processes() throws {
        let outcome = try Fixture(Self.web).run([
            "sh", "-c", "ls -d /proc/\(getpid()) 2>/dev/null; cat /proc/self/comm",
        ])
        #expect(outcome.output == "cat\n", "\(outcome.output)")
    }

    @Test("standard input reaches it")
    func standardInput() throws {
        let fixture = try Fixture(Self.web)
        let pipe = try Pipe()
        let text = "through the pipe\n"
        write(pipe.writer, text, text.utf8.count)
        close(pipe.writer)
        let run = try ChildProcess(
            try Caller.standard.prefix
                + [try Caller.standard.binary, "run", fixture.scratch.path, "--", "cat"],
            environment: ["PATH": "/usr/sbin:/usr/bin:/bin", "HARNESS_HOME": fixture.home].merging(
                try Caller.standard.variables
            ) { $1 }, input: pipe.reader)
        close(pipe.reader)
        let outcome = try run.wait()
        #expect(outcome.output == text, "\(outcome.error)")
    }

    @Test("the file's command runs unless the command line has one")
    func commandOfFile() throws {
        let fixture = try Fixture("\(Self.web)\ntest: {command: [echo, of the file], environment: {WORD: given}}")
        #expect(try fixture.run().output == "of the file\n")
        #expect(try fixture.run(["sh", "-c", "echo $WORD"]).output == "given\n")
    }

    @Test("an environment without any command to run is an error that says how to give one")
    func noCommand() throws {
        let outcome = try Fixture(Self.web).run()
        #expect([64, 65].contains(outcome.code), "\(outcome.error)")
        #expect(outcome.error.contains("--"))
    }

    @Test("a published port is reached from the host, at the port that was asked for")
    func publishedPort() throws {
        let port = try Listener().port
        let fixture = try Fixture(Self.web.replacing("ports: [\"8080\"]", with: "ports: [\"\(port):8080\"]"))
        let run = try fixture.start(["sh", "-c", "echo up; sleep 1000"])
        try run.waitForOutput("up")
        let client = try ChildProcess(
            ["/bin/busybox", "wget", "-q", "-O", "-", "http://127.0.0.1:\(port)/hostname"], environment: [:])
        let outcome = try client.wait()
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(!outcome.output.isEmpty)
        run.send(SIGTERM)
        #expect(try run.wait().code == 143)
    }
}
