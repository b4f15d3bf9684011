import CLinux
import Glibc
import Testing

/// An environment that a test puts up; taken down, its volumes with it, at the end of the test.
final class LocalStack {
    let fixture: Fixture
    let variables: [String: String]

    /// - Parameters:
    ///   - text: The environment file without its `name:`.
    ///   - variables: Of every command.
    init(
        _ text: String, home: String? = nil, caller: Caller = .standard, variables: [String: String] = [:]
    ) throws {
        fixture = try Fixture(text, home: home, caller: caller)
        // The name tells a monitor, whose arguments say nothing, as this environment's: ``LeakCheck`` looks for it.
        self.variables = variables.merging(["TEST_ENVIRONMENT": fixture.name]) { first, _ in first }
    }

    deinit {
        do {
            _ = try harness("down", "-v", "-t", "0")
        } catch {
            Issue.record("down failed: \(error)")
        }
    }

    var name: String { fixture.name }
    var folder: String { fixture.scratch.path }

    /// Runs `harness` in the environment's folder.
    @discardableResult
    func harness(_ arguments: String..., variables: [String: String] = [:]) throws -> ChildProcess.Outcome {
        try Harness.run(
            arguments, home: fixture.home, variables: variables.merging(self.variables) { first, _ in first },
            directory: folder, caller: fixture.caller)
    }

    /// As ``harness(_:variables:)``.
    func run(_ arguments: [String]) throws -> ChildProcess.Outcome {
        try Harness.run(
            arguments, home: fixture.home, variables: variables, directory: folder, caller: fixture.caller)
    }

    /// Starts `harness` in the environment's folder.
    func start(_ arguments: String...) throws -> ChildProcess {
        try Harness.start(
            arguments, home: fixture.home, variables: variables, directory: folder, caller: fixture.caller)
    }

    /// `up -d` with more arguments; must succeed.
    func up(_ arguments: String..., location: SourceLocation = #_sourceLocation) throws {
        let outcome = try Harness.run(
            ["up", "-d"] + arguments, home: fixture.home, variables: variables, directory: folder,
            caller: fixture.caller)
        try #require(outcome.code == 0, "\(outcome.error)", sourceLocation: location)
    }

    /// Runs a shell script in a service; gives what it printed without the last line feed.
    func shell(_ service: String, _ script: String, location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try harness("exec", "-T", service, "sh", "-c", script)
        #expect(outcome.code == 0, "\(outcome.error)", sourceLocation: location)
        return outcome.output.hasSuffix("\n") ? String(outcome.output.dropLast()) : outcome.output
    }

    /// Runs a shell script on the host in the environment's folder; `$H` is `harness`.
    func script(_ script: String) throws -> ChildProcess.Outcome {
        try ChildProcess(
            ["/usr/bin/env", "--chdir=\(folder)", "/bin/sh", "-c", script],
            environment: ["PATH": "/usr/bin:/bin", "HARNESS_HOME": fixture.home, "H": Harness.binary]
        ).wait()
    }

    /// Starts `harness` in the environment's folder on a terminal of its own.
    func terminal(
        _ arguments: String..., columns: UInt16 = 80, variables: [String: String] = [:]
    ) throws -> TerminalProcess {
        let base = ["PATH": "/usr/bin:/bin", "HARNESS_HOME": fixture.home, "TERM": "xterm-256color"]
        return try TerminalProcess(
            ["/usr/bin/env", "--chdir=\(folder)", Harness.binary] + arguments,
            environment: base.merging(self.variables) { $1 }.merging(variables) { $1 }, columns: columns)
    }

    /// What `ps` says of a container's state.
    func state(_ container: String) throws -> String? {
        try harness("ps", "--format", "json").output.split(separator: "\n").first {
            $0.contains("\"container\":\"\(container)\"")
        }.flatMap { Self.value("state", in: $0) }
    }

    /// A string in a line of JSON.
    static func value(_ key: String, in line: Substring) -> String? {
        guard let start = line.range(of: "\"\(key)\":\"") else { return nil }
        return String(line[start.upperBound...].prefix { $0 != "\"" })
    }

    /// Looks again until something holds, for at most two minutes.
    func eventually(
        _ what: String, location: SourceLocation = #_sourceLocation, _ isSo: () throws -> Bool
    ) throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while try !isSo() {
            try #require(ContinuousClock.now < deadline, "\(what) did not come", sourceLocation: location)
            poll(nil, 0, 10)
        }
    }

    /// The monitor's process; `nil` where the environment is not up.
    func monitor() throws -> pid_t? {
        let line = try harness("ls", "--format", "json").output.split(separator: "\n").first {
            $0.contains("\"name\":\"\(name)\"")
        }
        return line.flatMap { Self.number("monitor", in: $0) }.map { pid_t($0) }
    }

    /// A whole number in a line of JSON.
    static func number(_ key: String, in line: Substring) -> Int? {
        guard let start = line.range(of: "\"\(key)\":") else { return nil }
        return Int(line[start.upperBound...].prefix { $0.isNumber })
    }

    /// Writes another file for the same environment.
    func rewrite(_ text: String) throws {
        try fixture.scratch.write("name: \(name)\n\(text)\n", to: "environment.yaml")
    }
}

extension Substring {
    /// The first place of a text.
    func range(of text: String) -> Range<Substring.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

/// A program on a pseudo-terminal of its own (pty(7)), as a person would see it.
final class TerminalProcess {
    let child: ChildProcess
    private let leader: CInt
    private var seen: [UInt8] = []

    /// - Parameter arguments: The program and its arguments; it leads a session that has the terminal.
    init(_ arguments: [String], environment: [String: String], columns: UInt16 = 80, rows: UInt16 = 24) throws {
        leader = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var isLocked: CInt = 0
        guard leader >= 0, clinux_ioctl(leader, clinux_TIOCSPTLCK, &isLocked) == 0 else {
            throw SpawnError(call: "open /dev/ptmx", code: errno)
        }
        let peer = clinux_ioctl_value(leader, clinux_TIOCGPTPEER, Int(O_RDWR | O_NOCTTY | O_CLOEXEC))
        guard peer >= 0 else { throw SpawnError(call: "ioctl", code: errno) }
        defer { close(peer) }
        var size = winsize()
        (size.ws_col, size.ws_row) = (columns, rows)
        _ = clinux_ioctl(leader, UInt(TIOCSWINSZ), &size)
        child = try ChildProcess(
            ["/usr/bin/setsid", "--ctty", "--wait"] + arguments, environment: environment, terminal: peer)
        _ = fcntl(leader, F_SETFL, O_NONBLOCK)
    }

    deinit { close(leader) }

    var text: String { String(decoding: seen, as: UTF8.self) }

    /// The lines that have been shown and not taken away again, without colours.
    func lines(columns: Int = 80) -> [String] { TerminalScreen(text, columns: columns).lines }

    func type(_ text: String) {
        _ = text.utf8.withContiguousStorageIfAvailable { write(leader, $0.baseAddress, $0.count) }
    }

    /// Gives the terminal another size, of which its program hears.
    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize()
        (size.ws_col, size.ws_row) = (columns, rows)
        _ = clinux_ioctl(leader, UInt(TIOCSWINSZ), &size)
    }

    /// Waits until the text has been shown.
    func wait(for text: String, location: SourceLocation = #_sourceLocation) throws {
        let deadline = ContinuousClock.now + .seconds(120)
        while !self.text.contains(text) {
            try #require(
                ContinuousClock.now < deadline, "'\(text)' did not come: \(self.text)", sourceLocation: location)
            receive()
        }
    }

    /// Uses a shell as a person does: looks at the terminal, gives it another size, interrupts a command.
    func useShell() throws {
        type("stty size; tty; echo $TERM\n")
        try wait(for: "24 80")
        try wait(for: "/dev/pts/")
        try wait(for: "xterm-256color")
        resize(columns: 100, rows: 30)
        type("sleep 0.1; stty size\n")
        try wait(for: "30 100")
        type("sh -c 'echo st\"\"art; exec sleep 100'\n")
        try wait(for: "start")
        type("\u{3}")
        // Shown only if the sleep has been interrupted.
        type("echo af''ter\n")
        try wait(for: "after")
    }

    /// Waits for the program's end; gives its exit code.
    func end() throws -> Int32 {
        let deadline = ContinuousClock.now + .seconds(120)
        while child.isRunning {
            guard ContinuousClock.now < deadline else { throw TimedOut(what: "the end", output: text, error: "") }
            receive()
            try child.pause(for: .milliseconds(5))
        }
        receive()
        return try child.wait(timeout: .seconds(1)).code
    }

    private func receive() {
        var ready = pollfd(fd: leader, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, 10) > 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(leader, &buffer, buffer.count)
        if count > 0 { seen += buffer[..<count] } else { poll(nil, 0, 5) }
    }
}
