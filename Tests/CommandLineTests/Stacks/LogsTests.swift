import Glibc
import Testing

@Suite("logs", .needsRoot(), .serialized)
struct LogsTests {
    private static let text = """
        services:
          a: {image: busybox, command: [sh, -c, "for i in 1 2 3; do echo a$$i; done; echo problem >&2; sleep 1000"]}
          b: {image: busybox, command: [sh, -c, "echo b1"]}
        """

    private func stack() throws -> LocalStack {
        let stack = try LocalStack(Self.text)
        try stack.up()
        try stack.eventually("the lines") {
            let output = try stack.harness("logs").output
            return output.contains("problem") && output.contains("b1")
        }
        return stack
    }

    @Test("all lines, each behind its container's name; of ended containers too")
    func all() throws {
        let lines = try stack().harness("logs").output.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("a | ") }.map { $0.dropFirst(4) } == ["a1", "a2", "a3", "problem"])
        #expect(lines.contains("b | b1"))
    }

    @Test("services, --tail, --no-log-prefix, -t")
    func selection() throws {
        let stack = try stack()
        #expect(try stack.harness("logs", "b").output == "b | b1\n")
        #expect(try stack.harness("logs", "--no-log-prefix", "-n", "2", "a").output == "a3\nproblem\n")
        #expect(try stack.harness("logs", "--tail", "0").output == "")
        #expect(try stack.harness("logs", "--tail", "all", "--no-log-prefix", "b").output == "b1\n")
        let timed = try stack.harness("logs", "-t", "--no-log-prefix", "b").output
        #expect(timed.hasPrefix("20") && timed.hasSuffix("Z b1\n"))
    }

    @Test("--since and --until")
    func times() throws {
        let stack = try stack()
        #expect(try stack.harness("logs", "--since", "1h", "b").output == "b | b1\n")
        #expect(try stack.harness("logs", "--until", "1h", "b").output == "")
        #expect(try stack.harness("logs", "--since", "2100-01-01", "b").output == "")
        #expect(try stack.harness("logs", "--until", "2100-01-01T00:00:00Z", "b").output == "b | b1\n")
        #expect(try stack.harness("logs", "--since", "yesterday").code == 64)
    }

    @Test("-f goes on with what comes, and ends with the environment")
    func follow() throws {
        let stack = try LocalStack(
            """
            services:
              a: {image: busybox, command: [sh, -c, "trap 'echo last; exit' TERM; i=0; while :; do i=$$((i+1)); echo n$$i; sleep 0.05; done"]}
            """)
        try stack.up()
        let child = try stack.start("logs", "-f")
        try child.waitForOutput("n3\n")
        try child.waitForOutput("n8\n")
        #expect(try stack.harness("down").code == 0)
        let outcome = try child.wait()
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("a | last\n"))
    }

    @Test("'logging' bounds what is kept, and the latest lines are there")
    func rotation() throws {
        let stack = try LocalStack(
            """
            services:
              noisy:
                image: busybox
                command: [sh, -c, "yes 0123456789012345678901234567890123456789 | head -n 200000; echo the end; sleep 1000"]
                logging: {driver: json-file, options: {max-size: 200k, max-file: 3}}
              silent:
                image: busybox
                command: [sh, -c, "echo not kept; sleep 1000"]
                logging: {driver: none}
            """)
        try stack.up()
        try stack.eventually("the end") { try stack.harness("logs", "-n", "1", "noisy").output.contains("the end") }
        let folder = tree(stack.fixture.home + "/environments") { $0.hasSuffix("/noisy") && $0.contains(stack.name) }
        let files = tree(try #require(folder.first))
        #expect(files.count == 3)
        for file in files { #expect(try #require(readFile(file)).count <= 200 << 10) }
        #expect(try stack.harness("logs", "silent").code == 69)
    }

    @Test("what a container has printed can be read after it is gone, until the environment is")
    func gone() throws {
        let text = """
            services:
              old: {image: busybox, command: [sh, -c, "echo last words; exec sleep 1000"], stop_grace_period: 1s}
              web: {image: busybox, command: [sleep, "1000"]}
            """
        let stack = try LocalStack(text)
        try stack.up()
        try stack.eventually("the line") { try stack.harness("logs", "old").output == "old | last words\n" }
        try stack.rewrite("services: {web: {image: busybox, command: [sleep, \"1000\"]}}")
        try stack.up("--remove-orphans")
        #expect(try stack.harness("ps", "-q").output == "web\n")
        #expect(try stack.harness("logs", "old").output == "old | last words\n")
        #expect(try stack.harness("down").code == 0)
        #expect(try stack.harness("logs", "old").code == 69)
    }

    @Test("a container that prints without end holds up nobody and does not fill the disk")
    func flood() throws {
        let stack = try LocalStack(
            """
            services:
              flood: {image: busybox, command: [sh, -c, "exec yes"]}
              web: {image: busybox, command: [sh, -c, "while :; do echo tick; sleep 0.1; done"]}
            """)
        try stack.up()
        let child = try stack.start("logs", "-f", "-n", "0", "web")
        try child.waitForOutput("web | tick\nweb | tick\n")
        child.send(SIGKILL)
        for _ in 0..<5 {
            let outcome = try stack.harness("exec", "web", "true")
            #expect(outcome.code == 0)
            #expect(outcome.duration < .seconds(20))
        }
        let files = tree(stack.fixture.home + "/environments") { $0.contains(stack.name) && $0.hasSuffix(".jsonl") }
        #expect(files.reduce(0) { $0 + (readFile($1)?.count ?? 0) } <= 3 * 17 << 20)
        #expect(try stack.harness("down").code == 0)
    }
}
