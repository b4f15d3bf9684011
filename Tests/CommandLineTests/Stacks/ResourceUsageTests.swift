import Glibc
import Testing

@Suite("top and stats", .needsRoot(), .serialized)
struct ResourceUsageTests {
    private func lines(_ outcome: ChildProcess.Outcome) -> [Substring] { outcome.output.split(separator: "\n") }

    private func number(_ key: String, in line: Substring) throws -> Double {
        let start = try #require(line.range(of: "\"\(key)\":")?.upperBound)
        return try #require(Double(line[start...].prefix { "0123456789.e+-".contains($0) }))
    }

    @Test("top lists every process with its numbers inside and outside")
    func processes() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, command: [sh, -c, \"sleep 1001 & sleep 1002; true\"], user: \"7\"}, db: {image: busybox, command: [sleep, \"1003\"]}}"
        )
        try stack.up()
        try stack.eventually("the processes") { try lines(stack.harness("top", "--format", "json")).count == 4 }
        let web = try lines(stack.harness("top", "--format", "json", "web"))
        #expect(web.count == 3)
        let shell = try #require(web.first)
        #expect(shell.range(of: "\"service\":\"web\"") != nil && shell.range(of: "\"command\":[\"sh\",\"-c\"") != nil)
        #expect(try number("pid", in: shell) == 1 && number("user", in: shell) == 7)
        let host = pid_t(try number("hostPID", in: shell))
        #expect(kill(host, 0) == 0)
        #expect(try web.allSatisfy { try number("residentBytes", in: $0) > 0 })
        let table = try stack.harness("top")
        #expect(table.output.hasPrefix("NAME") && table.output.contains("sleep 1003"))
        #expect(try stack.harness("top", "no").code == 64)
    }

    @Test("stats: processor time, memory, network, processes; -a for those that have ended")
    func usage() throws {
        let stack = try LocalStack(
            """
            services:
              busy: {image: busybox, command: [sh, -c, "while :; do :; done"]}
              idle: {image: busybox, command: [sleep, "1000"]}
              full: {image: busybox, command: [sh, -c, "head -c 30000000 /dev/zero | tail -c 30000000 >/dev/null; sleep 1000"], mem_limit: 100m}
              once: {image: busybox, command: ["true"]}
            """)
        try stack.up()
        try stack.eventually("the end") { try stack.state("once") == "exited" }
        let all = try lines(stack.harness("stats", "--no-stream", "--format", "json"))
        #expect(all.count == 3)
        let busy = try #require(all.first { $0.range(of: "\"container\":\"busy\"") != nil })
        let idle = try #require(all.first { $0.range(of: "\"container\":\"idle\"") != nil })
        let full = try #require(all.first { $0.range(of: "\"container\":\"full\"") != nil })
        #expect(try number("processorPercent", in: busy) > 10 && number("processorPercent", in: idle) < 5)
        #expect(try number("processorSeconds", in: busy) > 0)
        #expect(try number("memoryBytes", in: idle) > 0 && number("pids", in: idle) == 1)
        #expect(try number("memoryLimitBytes", in: idle) >= number("memoryLimitBytes", in: full))
        let withEnded = try lines(stack.harness("stats", "--no-stream", "-a", "--format", "json"))
        #expect(withEnded.count == 4)
        #expect(try lines(stack.harness("stats", "--no-stream", "idle")).count == 2)
        let before = try number("networkReceivedBytes", in: idle)
        _ = try stack.shell("busy", "ping -c 3 -i 0.1 idle")
        let after = try lines(stack.harness("stats", "--no-stream", "--format", "json", "idle"))
        #expect(try number("networkReceivedBytes", in: try #require(after.first)) > before)
    }

    @Test("stats goes on until it is interrupted, and redraws on a terminal only")
    func streams() throws {
        let stack = try LocalStack("services: {idle: {image: busybox, command: [sleep, \"1000\"]}}")
        try stack.up()
        let child = try stack.start("stats", "--format", "json")
        try child.waitForOutput("\n{")
        child.send(SIGINT)
        let outcome = try child.wait()
        #expect(outcome.code == 130 && !outcome.output.contains("\u{1b}"))
        let terminal = try stack.terminal("stats")
        try terminal.wait(for: "\u{1b}[HNAME")
        terminal.type("\u{3}")
        #expect(try terminal.end() != 0)
    }
}
