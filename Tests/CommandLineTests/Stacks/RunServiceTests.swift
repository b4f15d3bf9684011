import Glibc
import Testing

/// In an environment that is up, and in one that lives as long as the command, the same has to be seen.
@Suite("run --service", .needsRoot(), .serialized)
struct RunServiceTests {
    static let text = """
        services:
          db:
            image: busybox
            command: [sh, -c, "sleep 0.1; exec httpd -f -p 80 -h /etc"]
            ready: {tcp: 80}
          job:
            image: busybox
            command: [sh, -c, "echo own command"]
            environment: {A: file, B: file}
            user: "7:8"
            working_dir: /tmp
            hostname: worker
            volumes: ["data:/data", /scratch]
            ports: ["18473:80"]
            depends_on: {db: {condition: service_healthy}}
          idle: {image: busybox, command: [sleep, "1000"]}
          tool: {image: busybox, command: [echo, tool], profiles: [tools]}
        volumes: {data: {}}
        """

    /// Whether the environment is up meanwhile.
    private static let ways = [true, false]

    private func stack(_ isUp: Bool, _ text: String = text) throws -> LocalStack {
        let stack = try LocalStack(text)
        // What the job depends on has to be started.
        if isUp { try stack.up("idle") }
        return stack
    }

    private func run(_ stack: LocalStack, _ arguments: String...) throws -> ChildProcess.Outcome {
        try Harness.run(["run", "--service"] + arguments, home: stack.fixture.home, directory: stack.folder)
    }

    @Test("its command or another one, with the exit code, and nothing of it is left", arguments: ways)
    func command(isUp: Bool) throws {
        let stack = try LocalStack(Self.text)
        let check = try LeakCheck(stack.fixture)
        if isUp { try stack.up("idle") }
        let own = try run(stack, "job")
        #expect(own.code == 0 && own.output == "own command\n", "\(own.error)")
        let other = try run(stack, "job", "--", "sh", "-c", "wget -q -O - http://db/hostname; exit 7")
        #expect(other.code == 7 && other.output == "db\n", "\(other.error)")
        #expect(try run(stack, "job", "--", "sh", "-c", "kill -TERM $$").code == 143)
        #expect(try run(stack, "job", "--", "nope").code == 127)
        #expect(try run(stack, "job", "--", "/etc/hosts").code == 126)
        if isUp {
            #expect(try stack.harness("ps", "-q").output == "db\nidle\n", "what it depends on has been started")
            #expect(try stack.harness("up", "-d", "idle", "db").error.contains("nothing has changed"))
            #expect(try stack.harness("down", "-v").code == 0)
        }
        let left = try check.leftovers()
        #expect(left == [])
    }

    @Test("variables, user, directory, entry point and capabilities are as told", arguments: ways)
    func surroundings(isUp: Bool) throws {
        let stack = try stack(isUp)
        let script = "echo $A $B $C; id -u; id -g; pwd; hostname; grep CapBnd /proc/self/status"
        let outcome = try Harness.run(
            ["run", "--service", "job", "-e", "A=told $x", "-e", "C", "--", "sh", "-c", script],
            home: stack.fixture.home, variables: ["C": "caller's"], directory: stack.folder)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.prefix(4) == ["told $x file caller's", "7", "8", "/tmp"], "\(outcome.error)")
        #expect(lines.count == 6 && lines[4].hasPrefix("job-run-"), "a host name of its own")
        let told = try run(
            stack, "job", "-u", "5", "-w", "/etc", "--entrypoint", "sh", "--cap-drop", "ALL", "--cap-add", "CHOWN",
            "--name", "mine", "--", "-c", script)
        #expect(
            told.output.split(separator: "\n").map(String.init) == [
                "file file", "5", "0", "/etc", "mine", "CapBnd:\t0000000000000001",
            ], "\(told.error)")
        #expect(try run(stack, "job", "--rm", "--entrypoint", "", "--", "echo", "x").output == "x\n")
    }

    @Test("-v mounts what is here, and volumes of the file; those without a name do not outlive it", arguments: ways)
    func volumes(isUp: Bool) throws {
        let stack = try stack(isUp)
        try stack.fixture.scratch.write("x", to: "file")
        let script = "cat /here/file; ls /scratch; echo y >/scratch/y; echo z >/other/z"
        let first = try run(stack, "job", "-u", "0", "-v", ".:/here", "-v", "data:/other", "--", "sh", "-c", script)
        #expect(first.code == 0 && first.output == "x", "\(first.error)")
        let second = try run(
            stack, "job", "-u", "0", "-v", "./file:/data:ro", "-v", "data:/other", "--name", "job-run-1", "--", "sh",
            "-c", "cat /data; ls /scratch /other")
        #expect(second.output == "x/other:\n\(isUp ? "z\n" : "")\n/scratch:\n", "\(second.output)\(second.error)")
        let missing = try run(stack, "job", "-v", "no-such-volume:/x", "--", "true")
        #expect(missing.code == 69 && missing.error.contains("no-such-volume"))
    }

    @Test("ports only where told: --publish, --service-ports", arguments: ways)
    func ports(isUp: Bool) throws {
        let stack = try stack(isUp)
        for (arguments, port) in [(["--service-ports"], 18473), (["-P"], 18473), (["--publish", "18474:80"], 18474)] {
            let child = try Harness.start(
                ["run", "--service", "job", "-u", "0"] + arguments + [
                    "--", "sh", "-c", "httpd -p 80 -h /etc; echo begun; sleep 100",
                ],
                home: stack.fixture.home, directory: stack.folder)
            try child.waitForOutput("begun")
            #expect(try Self.answer(port).contains("200 OK"))
            child.send(SIGTERM)
            #expect(try child.wait().code == 143)
            #expect(try !Self.answer(port).contains("200 OK"))
        }
        let child = try stack.start("run", "--service", "job", "--", "sh", "-c", "echo begun; sleep 100")
        try child.waitForOutput("begun")
        #expect(try !Self.answer(18473).contains("200 OK"))
        child.send(SIGINT)
        #expect(try child.wait().code == 130)
    }

    private static func answer(_ port: Int) throws -> String {
        let script = "exec 3<>/dev/tcp/127.0.0.1/\(port); printf 'GET /hosts HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
        return try ChildProcess(["/bin/bash", "-c", script], environment: ["PATH": "/usr/bin:/bin"]).wait().output
    }

    @Test("--no-deps starts nothing else; --use-aliases has the service's name lead to it", arguments: ways)
    func dependencies(isUp: Bool) throws {
        let stack = try stack(isUp)
        let alone = try run(
            stack, "job", "--no-deps", "-u", "0", "--", "sh", "-c", "ping -c 1 -W 1 db >/dev/null 2>&1 || echo alone")
        #expect(alone.output == "alone\n", "\(alone.error)")
        if isUp { #expect(try stack.harness("ps", "-q").output == "idle\n") }
        let named = "ping -c 1 -W 1 job >/dev/null 2>&1 && echo known"
        #expect(try run(stack, "job", "-u", "0", "--use-aliases", "--", "sh", "-c", named).output == "known\n")
        #expect(try run(stack, "job", "-u", "0", "--", "sh", "-c", named).output == "")
    }

    @Test("a service of a profile that is off is run when it is named", arguments: ways)
    func profile(isUp: Bool) throws {
        let stack = try stack(isUp)
        #expect(try run(stack, "tool").output == "tool\n")
    }

    @Test("standard input reaches it, also through a pipe", arguments: ways)
    func input(isUp: Bool) throws {
        let stack = try stack(isUp)
        #expect(try stack.script("echo typed | $H run --service job -- cat").output == "typed\n")
        #expect(try stack.script("seq 100000 | $H run --service job -T -- wc -l").output == "100000\n")
    }

    @Test("a signal goes to it; a second one of SIGINT or SIGTERM takes it away", arguments: ways, [SIGINT, SIGTERM])
    func signals(isUp: Bool, signal: Int32) throws {
        let stack = try stack(isUp)
        let child = try stack.start(
            "run", "--service", "idle", "--", "sh", "-c",
            "trap 'echo caught' INT TERM; echo begun; while :; do sleep 0.02; done")
        try child.waitForOutput("begun")
        child.send(signal)
        if isUp { try child.waitForOutput("caught") }
        child.send(signal)
        #expect(try child.wait().code == 128 + signal)
        if isUp { #expect(try stack.harness("ps", "-q").output == "idle\n") }
    }

    @Test("--timeout ends it with 124", arguments: ways)
    func timeout(isUp: Bool) throws {
        let stack = try stack(isUp)
        #expect(try run(stack, "idle", "--timeout", "200ms", "--", "sleep", "1000").code == 124)
        if isUp { #expect(try stack.harness("ps", "-q").output == "idle\n") }
    }

    @Test("on a terminal it has one of its own: size, resize, Ctrl-C, exit code; -T gives it none", arguments: ways)
    func terminal(isUp: Bool) throws {
        let stack = try stack(isUp)
        let process = try stack.terminal("run", "--service", "idle", "--", "sh")
        try process.useShell()
        process.type("exit 5\n")
        #expect(try process.end() == 5)
        let plain = try stack.terminal("run", "--service", "idle", "-T", "--progress", "quiet", "--", "tty")
        #expect(try plain.end() == 1)
    }

    private static let mistakes: [(Int32, [String], String)] = [
        (64, ["--service", "nope"], "no service 'nope'"),
        (64, ["--service", "job", "--name", "db"], "service of the file"),
        (64, ["--service", "job", "--name", "x/"], "is no name"), (64, ["--service", "job", "-t"], "no terminal"),
        (64, ["--service", "job", "-v", ".:relative"], "relative"), (64, ["--service", "job", "--keep"], "--keep"),
        (64, ["-e", "A=1"], "--service"), (64, ["--service", "job", "-t", "-T"], "exclude"),
    ]

    @Test("mistakes have one message and change nothing", arguments: ways, mistakes)
    func mistake(isUp: Bool, mistake: (code: Int32, arguments: [String], text: String)) throws {
        let stack = try stack(isUp)
        let outcome = try Harness.run(
            ["run"] + mistake.arguments + ["--", "true"], home: stack.fixture.home, directory: stack.folder)
        #expect(outcome.code == mistake.code && outcome.error.contains(mistake.text), "\(outcome.error)")
        if isUp { #expect(try stack.harness("ps", "-q").output == "idle\n") }
    }
}

/// What is only to be seen of an environment that is up.
@Suite("run --service beside an environment", .needsRoot(), .serialized)
struct RunBesideTests {
    @Test("ps, exec and logs know it by its name while it runs; up and --remove-orphans leave it alone")
    func beside() throws {
        let stack = try LocalStack(RunServiceTests.text)
        try stack.up("db")
        let child = try stack.start(
            "run", "--service", "job", "--", "sh", "-c", "trap 'exit 9' TERM; echo begun; while :; do sleep 0.02; done")
        try child.waitForOutput("begun")
        #expect(try stack.state("job-run-1") == "running")
        #expect(try stack.shell("job-run-1", "echo $B") == "file")
        #expect(try stack.shell("db", "ping -c 1 job-run-1 >/dev/null && echo reached") == "reached")
        let up = try stack.harness("up", "-d", "--remove-orphans", "db", "idle")
        #expect(up.code == 0 && !up.error.contains("job-run-1"), "\(up.error)")
        #expect(try stack.harness("stop", "-t", "0").code == 0)
        #expect(try stack.state("job-run-1") == "running", "nobody has named it")
        #expect(try stack.harness("stop", "job-run-1").code == 0)
        #expect(try child.wait().code == 9)
        #expect(try stack.state("job-run-1") == nil)
    }

    @Test("several run at a time; a killed command's container is taken away; down takes all along")
    func several() throws {
        let stack = try LocalStack(RunServiceTests.text)
        try stack.up("db")
        let arguments = ["run", "--service", "job", "--", "sh", "-c", "hostname; sleep 1000"]
        let children = try (0..<3).map { _ in
            try Harness.start(arguments, home: stack.fixture.home, directory: stack.folder)
        }
        for child in children { try child.waitForOutput("job-run-") }
        let names = children.map { $0.output.split(separator: "\n").first ?? "" }
        #expect(Set(names).count == 3)
        children[0].send(SIGKILL)
        _ = try children[0].wait()
        try stack.eventually("its end") { try stack.state(String(names[0])) == nil }
        #expect(try stack.state(String(names[1])) == "running")
        #expect(try stack.harness("down", "-t", "0").code == 0)
        for child in children.dropFirst() { #expect(try child.wait().code != 0) }
    }

    @Test("a dependency that fails is told, and the copy is gone")
    func failedDependency() throws {
        let stack = try LocalStack(
            """
            services:
              idle: {image: busybox, command: [sleep, "1000"]}
              bad: {image: busybox, command: [sh, -c, "echo broken; exit 3"], ready: {tcp: 80}}
              job: {image: busybox, command: [echo, x], depends_on: {bad: {condition: service_healthy}}}
            """)
        try stack.up("idle")
        let outcome = try stack.harness("run", "--service", "job")
        #expect(outcome.code == 69 && outcome.output.isEmpty && outcome.error.contains("broken"), "\(outcome.error)")
        #expect(try stack.state("job-run-1") == nil)
    }

    @Test("as many containers of others as there are stay, and are what it depends on")
    func scaled() throws {
        let stack = try LocalStack(
            """
            services:
              web: {image: busybox, command: [httpd, -f, -p, "80", -h, /etc], ready: {tcp: 80}}
              job: {image: busybox, command: [wget, -q, -O, -, "http://web-2/hostname"], depends_on: [web]}
            """)
        try stack.up("--scale", "web=2", "web")
        #expect(try stack.harness("run", "--service", "job").output == "web-2\n")
        #expect(try stack.harness("ps", "-q").output == "web-1\nweb-2\n")
    }

    @Test("an environment whose file has other networks by now says so")
    func networks() throws {
        let stack = try LocalStack("services: {a: {image: busybox, command: [sleep, \"1000\"]}}")
        try stack.up()
        try stack.rewrite(
            "services: {a: {image: busybox, command: [sleep, \"1000\"], networks: [n]}}\nnetworks: {n: {}}")
        let outcome = try stack.harness("run", "--service", "a", "--", "true")
        #expect(outcome.code == 69 && outcome.error.contains("other networks"), "\(outcome.error)")
    }
}
