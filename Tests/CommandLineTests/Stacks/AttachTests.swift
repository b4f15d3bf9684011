import Glibc
import Testing

@Suite("attach", .needsRoot(), .serialized)
struct AttachTests {
    private static let shell = "services: {web: {image: busybox, command: [sh], tty: true, stdin_open: true}}"

    @Test("a container with a terminal is typed to; its size follows; its exit code is the command's")
    func terminals() throws {
        let stack = try LocalStack(Self.shell)
        try stack.up()
        let process = try stack.terminal("attach", "web")
        process.type("stty size; echo a$((1+1))b\n")
        try process.wait(for: "24 80")
        try process.wait(for: "a2b")
        process.resize(columns: 100, rows: 30)
        process.type("sleep 0.1; stty size\n")
        try process.wait(for: "30 100")
        process.type("exit 5\n")
        #expect(try process.end() == 5)
    }

    @Test("the keys leave it running, Docker's or others", arguments: [nil, "ctrl-x,q"])
    func detach(keys: String?) throws {
        let stack = try LocalStack(Self.shell)
        try stack.up()
        let process =
            try keys.map { try stack.terminal("attach", "--detach-keys", $0, "web") } ?? stack.terminal("attach", "web")
        process.type("echo a$((1+1))b\n")
        try process.wait(for: "a2b")
        process.type(keys == nil ? "\u{10}\u{11}" : "\u{18}q")
        #expect(try process.end() == 0)
        #expect(try stack.state("web") == "running")
    }

    @Test("nonsense as keys is wrong usage", arguments: ["", "ctrl-", "ctrl-1", "ab", "a,"])
    func badKeys(keys: String) throws {
        let stack = try LocalStack(Self.shell)
        #expect(try stack.harness("attach", "--detach-keys", keys, "web").code == 64)
    }

    @Test("output and error come apart, from now on, and signals are passed on unless told")
    func streams() throws {
        let stack = try LocalStack(
            """
            services:
              web:
                image: busybox
                command: [sh, -c, "trap 'echo got it; exit 9' TERM; echo before; while :; do echo out; echo err >&2; sleep 0.02; done"]
            """)
        try stack.up()
        try stack.eventually("the output") { try stack.harness("logs").output.contains("before") }
        let left = try stack.start("attach", "--sig-proxy=false", "web")
        try left.waitForOutput("out")
        left.send(SIGTERM)
        let leaving = try left.wait()
        #expect(leaving.code == 143 && !leaving.output.contains("before") && !leaving.output.contains("err"))
        #expect(try stack.state("web") == "running")
        let child = try stack.start("attach", "web")
        try child.waitForOutput("out\nout")
        child.send(SIGTERM)
        let outcome = try child.wait()
        #expect(outcome.code == 9 && outcome.output.contains("got it") && outcome.error.contains("err"))
    }

    @Test("what is typed reaches a container with stdin_open, and with --no-stdin does not")
    func input() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, command: [sh, -c, 'while read l; do echo got $$l; done'], stdin_open: true}}"
        )
        try stack.up()
        for (flag, isHeard) in [("--no-stdin", false), ("--sig-proxy=true", true)] {
            let pipe = try Pipe()
            let text = "word\n"
            _ = write(pipe.writer, text, text.utf8.count)
            let child = try ChildProcess(
                ["/usr/bin/env", "--chdir=\(stack.folder)", Harness.binary, "attach", flag, "web"],
                environment: ["PATH": "/usr/bin:/bin", "HARNESS_HOME": stack.fixture.home], input: pipe.reader)
            close(pipe.reader)
            if isHeard { try child.waitForOutput("got word") }
            if !isHeard { #expect(try !stack.harness("logs").output.contains("got word")) }
            close(pipe.writer)
            child.send(SIGKILL)
            _ = try child.wait()
        }
    }

    @Test("--index picks one of several; what does not run gives 69, what is not there 64")
    func containers() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, command: [sh, -c, \"while :; do hostname; sleep 0.02; done\"], scale: 2}, once: {image: busybox, command: [\"true\"]}}"
        )
        try stack.up()
        let child = try stack.start("attach", "--index", "2", "--sig-proxy=false", "web")
        try child.waitForOutput("web-2")
        child.send(SIGINT)
        #expect(try !child.wait().output.contains("web-1"))
        try stack.eventually("the end") { try stack.state("once") == "exited" }
        #expect(try stack.harness("attach", "once").code == 69)
        #expect(try stack.harness("attach", "wbe").code == 64)
    }

    @Test("one that does not take what is printed holds up nobody")
    func slowReader() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, command: [sh, -c, 'sleep 0.5; yes $$(printf %01000d 0) | head -c 20000000; touch /done; sleep 1000']}}"
        )
        try stack.up()
        let pipe = try Pipe()
        let child = try ChildProcess(
            ["/usr/bin/env", "--chdir=\(stack.folder)", "/bin/sh", "-c", "\(Harness.binary) attach web | sleep 1000"],
            environment: ["PATH": "/usr/bin:/bin", "HARNESS_HOME": stack.fixture.home], input: pipe.reader)
        try stack.eventually("the end of the output") {
            try stack.harness("exec", "web", "test", "-e", "/done").code == 0
        }
        child.sendToGroup(SIGKILL)
        close(pipe.reader)
        close(pipe.writer)
        _ = try child.wait()
    }
}
