import Glibc
import Testing

@Suite("try", .needsRoot(), .serialized)
struct TryTests {
    private let scratch: Scratch
    private let home: String

    init() throws {
        home = try Store.withBusybox()
        scratch = try Scratch()
    }

    private func attempt(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Harness.run(["try"] + arguments, home: home, directory: scratch.path)
    }

    /// Runtime directories, mount points and control groups of throw-away containers; looked at again for a while, as
    /// the kernel ends what was killed on its own time.
    private func leftovers() throws -> [String] {
        var found: [String] = []
        for _ in 0..<1000 {
            let groups = entries("/sys/fs/cgroup").map { "/sys/fs/cgroup/\($0)/harness" } + ["/sys/fs/cgroup/harness"]
            found = (["/run/harness", "\(home)/scratch"] + groups).flatMap { path in
                entries(path).filter { $0.hasPrefix("try-") }.map { "\(path)/\($0)" }
            }
            if found.isEmpty { return [] }
            poll(nil, 0, 5)
        }
        return found
    }

    @Test(
        "the exit code is the command's own, and nothing is said",
        arguments: [(0, "true"), (7, "exit 7"), (143, "kill -TERM $$")])
    func exitCode(code: Int32, script: String) throws {
        let outcome = try attempt("busybox", "sh", "-c", script)
        #expect(outcome.code == code && outcome.error.isEmpty, "\(outcome.error)")
        #expect(try leftovers().isEmpty)
    }

    private static let mistakes: [(Int32, [String])] = [
        (127, ["busybox", "nope"]), (126, ["busybox", "/etc/hosts"]), (69, ["127.0.0.1:1/nosuch", "true"]),
        (69, ["--pull", "never", "nosuch", "true"]), (69, ["-v", "nosuch:/x", "busybox", "true"]), (64, []),
        (64, ["-v", ".:relative", "busybox"]), (64, ["-p", "none", "busybox"]), (64, ["-e", "", "busybox"]),
        (64, ["--net", "moon", "busybox"]), (64, ["-t", "busybox", "true"]), (64, ["-t", "-T", "busybox", "true"]),
    ]

    @Test("what keeps it from running has its code, and one message", arguments: mistakes)
    func failures(code: Int32, arguments: [String]) throws {
        let outcome = try Harness.run(["try"] + arguments, home: home, directory: scratch.path)
        #expect(outcome.code == code && outcome.output.isEmpty, "\(outcome.error)")
        #expect(outcome.error.contains("harness: ") || outcome.error.contains("Error: "))
        #expect(!outcome.error.contains("the test"))
    }

    @Test("variables, user, directory and entry point are as told; a dollar sign is one")
    func surroundings() throws {
        let outcome = try attempt(
            "-e", "A=$B ${C}", "-u", "7:8", "-w", "/tmp", "--entrypoint", "sh", "busybox", "-c",
            "echo $A; id -u; id -g; pwd")
        #expect(outcome.output == "$B ${C}\n7\n8\n/tmp\n", "\(outcome.error)")
        #expect(try attempt("--rm", "--entrypoint", "", "busybox", "echo", "x").output == "x\n")
        let inherited = try Harness.run(
            ["try", "-e", "COLOUR", "busybox", "sh", "-c", "echo $COLOUR"], home: home, variables: ["COLOUR": "red"],
            directory: scratch.path)
        #expect(inherited.output == "red\n")
    }

    @Test("-v mounts what is here, and read-only where that is said")
    func volumes() throws {
        try scratch.write("x", to: "file")
        #expect(try attempt("-v", ".:/here", "busybox", "sh", "-c", "cat /here/file; echo y >/here/new").output == "x")
        #expect(readText("\(scratch.path)/new") == "y\n")
        #expect(try attempt("-v", "./file:/f:ro", "busybox", "sh", "-c", "echo y >/f").code != 0)
        #expect(readText("\(scratch.path)/file") == "x")
    }

    @Test("--net: an interface of its own, none, or the host's")
    func networks() throws {
        #expect(try attempt("busybox", "ls", "/sys/class/net").output == "eth0\nlo\n")
        #expect(try attempt("--net", "none", "busybox", "ls", "/sys/class/net").output == "lo\n")
        var link = [CChar](repeating: 0, count: 64)
        _ = readlink("/proc/self/ns/net", &link, 63)
        let host = try attempt("--net", "host", "busybox", "readlink", "/proc/self/ns/net").output
        #expect(link.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) + "\n" } } == host)
    }

    @Test("-p publishes a port on the host")
    func ports() throws {
        let child = try Harness.start(
            ["try", "-p", "127.0.0.1:18471:80", "busybox", "sh", "-c", "httpd -p 80 -h /etc; echo up; sleep 100"],
            home: home, directory: scratch.path)
        try child.waitForOutput("up")
        let answer = try ChildProcess(
            [
                "/bin/bash", "-c",
                "exec 3<>/dev/tcp/127.0.0.1/18471; printf 'GET /hostname HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3",
            ],
            environment: ["PATH": "/usr/bin:/bin"]
        ).wait()
        #expect(answer.output.hasSuffix("try\n"), "\(answer.output)\(answer.error)")
        child.send(SIGTERM)
        #expect(try child.wait().code == 143)
    }

    @Test("standard input reaches it, and an interruption takes it away", arguments: [SIGINT, SIGTERM])
    func streams(signal: Int32) throws {
        let child = try Harness.start(
            ["try", "busybox", "sh", "-c", "trap '' INT TERM; echo up; sleep 100"], home: home, directory: scratch.path)
        try child.waitForOutput("up")
        child.send(signal)
        #expect(try child.wait().code == 128 + signal)
        #expect(try leftovers().isEmpty)
        let pipe = try Pipe()
        _ = write(pipe.writer, "typed\n", 6)
        close(pipe.writer)
        let cat = try ChildProcess(
            [Harness.binary, "try", "busybox", "cat"],
            environment: ["PATH": "/usr/bin:/bin", "HARNESS_HOME": home], input: pipe.reader)
        close(pipe.reader)
        #expect(try cat.wait().output == "typed\n")
    }

    @Test("on a terminal it has one of its own: size, resize, Ctrl-C, job control, exit code; -T gives it none")
    func terminal() throws {
        let environment = ["PATH": "/usr/bin:/bin", "HARNESS_HOME": home, "TERM": "xterm-256color"]
        let process = try TerminalProcess([Harness.binary, "try", "busybox", "sh"], environment: environment)
        try process.useShell()
        #expect(!process.text.contains("job control turned off"))
        process.type("exit 5\n")
        #expect(try process.end() == 5)
        let plain = try TerminalProcess([Harness.binary, "try", "-T", "busybox", "tty"], environment: environment)
        #expect(try plain.end() == 1)
    }
}
