import Glibc
import Testing

@Suite("exec and shell", .needsRoot(), .serialized)
struct ExecTests {
    private static let text = """
        services:
          web:
            image: busybox
            command: [sleep, "1000"]
            environment: {COLOUR: red, SIZE: "1"}
            user: "7"
        """

    @Test("the command's exit code is its own", arguments: [(0, "true"), (7, "exit 7"), (143, "kill -TERM $$")])
    func exitCode(code: Int32, script: String) throws {
        let stack = try LocalStack(Self.text)
        try stack.up()
        #expect(try stack.harness("exec", "web", "sh", "-c", script).code == code)
    }

    @Test("user, directory and variables are the service's unless told")
    func surroundings() throws {
        let stack = try LocalStack(Self.text)
        try stack.up()
        #expect(try stack.shell("web", "id -u; echo $COLOUR; pwd") == "7\nred\n/")
        let outcome = try stack.harness(
            "exec", "-u", "9", "-w", "/etc", "-e", "COLOUR=blue", "web", "sh", "-c", "id -u; echo $COLOUR$SIZE; pwd")
        #expect(outcome.output == "9\nblue1\n/etc\n")
    }

    @Test("--privileged gives every capability")
    func privileged() throws {
        let stack = try LocalStack("services: {web: {image: busybox, command: [sleep, \"1000\"]}}")
        try stack.up()
        let script = "grep CapEff /proc/self/status"
        func capabilities(_ output: String) throws -> UInt64 {
            try #require(UInt64(output.filter(\.isHexDigit).suffix(16), radix: 16))
        }
        let plain = try capabilities(try stack.harness("exec", "web", "sh", "-c", script).output)
        let all = try capabilities(try stack.harness("exec", "--privileged", "web", "sh", "-c", script).output)
        // What the machine itself does not give, nobody has.
        #expect(all & plain == plain && all.nonzeroBitCount > plain.nonzeroBitCount)
    }

    @Test("standard input reaches it")
    func input() throws {
        let stack = try LocalStack(Self.text)
        try stack.up()
        let pipe = try Pipe()
        let text = "typed\n"
        _ = write(pipe.writer, text, text.utf8.count)
        close(pipe.writer)
        let child = try ChildProcess(
            ["/usr/bin/env", "--chdir=\(stack.folder)", Harness.binary, "exec", "-T", "web", "cat"],
            environment: ["PATH": "/usr/bin:/bin", "HARNESS_HOME": stack.fixture.home], input: pipe.reader)
        close(pipe.reader)
        #expect(try child.wait().output == text)
    }

    @Test("-d does not wait")
    func detached() throws {
        let stack = try LocalStack("services: {web: {image: busybox, command: [sleep, \"1000\"]}}")
        try stack.up()
        #expect(try stack.harness("exec", "-d", "web", "sh", "-c", "sleep 0.2; touch /done; sleep 100").code == 0)
        try stack.eventually("the file") { try stack.harness("exec", "web", "test", "-e", "/done").code == 0 }
    }

    @Test(
        "a program that is not there gives 127, one that can't be executed 126",
        arguments: [("/no", 127), ("/etc/hosts", 126)])
    func missing(program: String, code: Int32) throws {
        let stack = try LocalStack(Self.text)
        try stack.up()
        let outcome = try stack.harness("exec", "web", program)
        #expect(outcome.code == code, "\(outcome.error)")
    }

    @Test("an unknown service gives 64 with those that there are; one that has ended 69")
    func services() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, command: [sleep, \"1000\"]}, once: {image: busybox, command: [\"true\"]}}"
        )
        try stack.up()
        let unknown = try stack.harness("exec", "wbe", "true")
        #expect(unknown.code == 64 && unknown.error.contains("web"))
        try stack.eventually("the end") { try stack.state("once") == "exited" }
        let ended = try stack.harness("exec", "once", "true")
        #expect(ended.code == 69 && ended.error.contains("does not run"))
    }

    @Test("signals are passed on")
    func signals() throws {
        let stack = try LocalStack(Self.text)
        try stack.up()
        let child = try stack.start(
            "exec", "web", "sh", "-c", "trap 'echo got it; exit 9' TERM; echo ready; while :; do sleep 0.02; done")
        try child.waitForOutput("ready")
        child.send(SIGTERM)
        let outcome = try child.wait()
        #expect(outcome.code == 9 && outcome.output.contains("got it"))
    }

    @Test("a command that is killed hangs up on its process, and the environment goes on")
    func killedClient() throws {
        let stack = try LocalStack("services: {web: {image: busybox, command: [sleep, \"1000\"]}}")
        try stack.up()
        let child = try stack.start(
            "exec", "web", "sh", "-c", "trap 'touch /hup; exit' HUP; echo ready; while :; do sleep 0.02; done")
        try child.waitForOutput("ready")
        child.send(SIGKILL)
        try stack.eventually("the hang-up") { try stack.harness("exec", "web", "test", "-e", "/hup").code == 0 }
    }

    @Test("--index picks one of several containers")
    func index() throws {
        let stack = try LocalStack("services: {web: {image: busybox, command: [sleep, \"1000\"], scale: 2}}")
        try stack.up()
        #expect(try stack.harness("exec", "--index", "2", "web", "hostname").output == "web-2\n")
        #expect(try stack.harness("exec", "web", "hostname").output == "web-1\n")
        #expect(try stack.harness("exec", "--index", "3", "web", "hostname").code == 64)
    }

    @Test("on a terminal it has one of its own: size, resize, Ctrl-C, exit code")
    func terminal() throws {
        let stack = try LocalStack(Self.text)
        try stack.up()
        let process = try stack.terminal("exec", "-it", "web", "sh")
        try process.useShell()
        process.type("exit 5\n")
        #expect(try process.end() == 5)
    }

    @Test("'shell' opens a shell, and the terminal is as before afterwards")
    func shell() throws {
        let stack = try LocalStack(Self.text)
        try stack.up()
        let process = try TerminalProcess(
            [
                "/usr/bin/env", "--chdir=\(stack.folder)", "sh", "-c",
                "before=$(stty -g); \(Harness.binary) shell web; echo code $?; test \"$before\" = \"$(stty -g)\" && echo sa''me",
            ], environment: ["PATH": "/usr/bin:/bin", "HARNESS_HOME": stack.fixture.home])
        process.type("echo in $COLOUR\n")
        try process.wait(for: "in red")
        process.type("exit 3\n")
        try process.wait(for: "code 3")
        try process.wait(for: "same")
        _ = try process.end()
    }

    @Test("-t without a terminal is wrong usage")
    func noTerminal() throws {
        let stack = try LocalStack(Self.text)
        try stack.up()
        #expect(try stack.harness("exec", "-t", "web", "true").code == 64)
    }
}
