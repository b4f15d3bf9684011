import Glibc
import Testing

@Suite("What a terminal is shown of an environment", .needsRoot(), .serialized)
struct TerminalPictureTests {
    /// Comes up in more than the time from which on there is a picture, and prints meanwhile.
    private static let slow = """
        services:
          db:
            image: busybox
            command: [sh, -c, "sleep 0.8; touch /ready; exec sleep 1000"]
            ready: {file: /ready, timeout: 60s}
          web:
            image: busybox
            command: [sh, -c, "touch /ready; exec sleep 1000"]
            ready: {file: /ready, timeout: 60s}
            depends_on: {db: {condition: service_healthy}}
          chatty: {image: busybox, command: [sh, -c, "for i in 1 2 3 4 5; do echo line $$i; sleep 0.1; done; exec sleep 1000"]}
        """

    @Test("a line for each service while it boots, below what they print; in the end the longest way")
    func boot() throws {
        let stack = try LocalStack(Self.slow)
        let process = try stack.terminal("up")
        try process.wait(for: "waits for db")
        try process.wait(for: "not ready yet: /ready exists")
        try process.wait(for: "line 5")
        try process.wait(for: "environment up after")
        try process.wait(for: "web ")
        let lines = process.lines()
        #expect(lines.filter { $0.contains("line") } == (1...5).map { "chatty | line \($0)" }, "\(lines)")
        #expect(!lines.contains { $0.contains("waits for") || $0.contains("ready after") }, "\(lines)")
        let last = try #require(lines.first { $0.contains("environment up after") })
        #expect(
            last.firstMatch(of: /^harness: environment up after .*; longest: db .* m?s, web .* m?s$/) != nil, "\(last)")
        process.type("\u{3}")
        try process.wait(for: "harness: interrupted by SIGINT: taking everything down")
        #expect(try process.end() == 130)
        #expect(!process.text.contains("\u{1b}[?25l"), "the cursor is never hidden")
    }

    @Test("in the background too, and then the picture is gone")
    func detached() throws {
        let stack = try LocalStack(Self.slow)
        let process = try stack.terminal("up", "-d")
        try process.wait(for: "waits for db")
        #expect(try process.end() == 0)
        let lines = process.lines()
        #expect(lines.count == 1 && lines[0].contains("environment up after"), "\(lines)")
    }

    @Test("a picture of more services than rows shows those that are not ready, and counts the others")
    func many() throws {
        let names = (1...30).map { "s\($0)" }
        let services = names.map { "  \($0): {image: busybox, command: [sleep, \"1000\"]}" }.joined(separator: "\n")
        let stack = try LocalStack(
            """
            services:
            \(services)
              last: {image: busybox, command: [sh, -c, "sleep 1.5; touch /ready; exec sleep 1000"], ready: {file: /ready, timeout: 60s}}
            """)
        let process = try stack.terminal("up", "-d")
        try process.wait(for: "last  not ready yet: /ready exists, 1 s")
        try process.wait(for: "more; 30 of 31 are ready")
        #expect(try process.end() == 0)
        #expect(process.lines().count == 1)
    }

    private static let wide = """
        services:
          a:
            image: busybox
            command:
              - sh
              - -c
              - |
                x=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                while :; do echo "<$$x$$x>"; printf '\\033[2J\\033[Hgone\\033[31mred\\n'; echo 日本語日本語日本語日本語日本語日本語日本語日本語; sleep 0.1; done
        """

    @Test("lines are broken beside the name at the terminal's present width; nothing in them steers it")
    func resized() throws {
        let stack = try LocalStack(Self.wide)
        let process = try stack.terminal("up", columns: 60)
        let name = "\u{1b}[38;5;30ma | \u{1b}[0m"
        func x(_ count: Int) -> String { String(repeating: "x", count: count) }
        try process.wait(for: "\(name)<\(x(55))\r\n\(name)\(x(45))>\r\n")
        // Two columns for each.
        try process.wait(for: "\(name)\(String(repeating: "日本語", count: 8))\r\n")
        process.resize(columns: 40, rows: 24)
        try process.wait(for: "\(name)<\(x(35))\r\n\(name)\(x(36))\r\n\(name)\(x(29))>\r\n")
        try process.wait(for: "\(name)日本語日本語日本語日本語日本語日本語\r\n\(name)日本語日本語\r\n")
        try process.wait(for: "\(name)gone\u{1b}[31mred\u{1b}[0m\r\n")
        #expect(!process.text.contains("\u{1b}[2J"))
        process.type("\u{3}")
        #expect(try process.end() == 130)
        let logs = try stack.terminal("version")
        #expect(try logs.end() == 0)
    }

    @Test(
        "without colours where they are not wanted, and plain where the terminal is", arguments: ["NO_COLOR", "dumb"])
    func plain(variable: String) throws {
        let stack = try LocalStack(Self.wide)
        let process = try stack.terminal("up", variables: variable == "dumb" ? ["TERM": "dumb"] : ["NO_COLOR": "1"])
        // Colours of the program's own stay.
        try process.wait(for: variable == "dumb" ? "\r\na | gonered\r\n" : "\r\na | gone\u{1b}[31mred\u{1b}[0m\r\n")
        #expect(!process.text.contains("\u{1b}[38"))
        if variable == "dumb" { #expect(!process.text.contains("\u{1b}")) }
        process.type("\u{3}")
        #expect(try process.end() == 130)
    }

    @Test("nothing steers a terminal either that does not say how wide it is, and lines are whole")
    func unknownWidth() throws {
        let stack = try LocalStack(Self.wide)
        let process = try stack.terminal("up", columns: 0)
        try process.wait(for: "gone\u{1b}[31mred\u{1b}[0m\r\n")
        try process.wait(for: String(repeating: "x", count: 100) + ">\r\n")
        #expect(!process.text.contains("\u{1b}[2J"))
        process.type("\u{3}")
        #expect(try process.end() == 130)
    }

    @Test("what happens after the boot is told in lines")
    func later() throws {
        let stack = try LocalStack(
            """
            services:
              bad: {image: busybox, command: [sh, -c, "sleep 0.5; exit 3"]}
              good: {image: busybox, command: [sleep, "1000"]}
            """)
        let process = try stack.terminal("up")
        try process.wait(for: "harness: bad: exited with 3\r\n")
        process.type("\u{3}")
        #expect(try process.end() == 130)
    }

    @Test("tables fit the terminal, and are whole in a pipe", arguments: [["stats", "--no-stream"], ["top"], ["ps"]])
    func tables(arguments: [String]) throws {
        let name = String(repeating: "long-", count: 9) + "name"
        let stack = try LocalStack(
            "services: {\(name): {image: busybox, command: [sh, -c, 'sleep 1000; echo \(name)\(name)']}}")
        try stack.up()
        let process = try stack.terminal(arguments[0])
        try process.wait(for: "long-")
        process.type("\u{3}")
        _ = try process.end()
        let rows = process.text.split(separator: "\r\n").map {
            TerminalScreen(String($0), columns: 1000).lines.first ?? ""
        }
        #expect(rows.allSatisfy { $0.count <= 80 }, "\(rows)")
        #expect(try stack.run(arguments).output.contains(name))
    }
}
