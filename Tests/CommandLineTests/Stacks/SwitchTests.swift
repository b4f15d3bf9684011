import CLinux
import Glibc
import Testing

@Suite("switch", .needsRoot())
struct SwitchTests {
    /// A server that tells its version, to every request and on every open connection to each line.
    private static func text(_ version: String, more: String = "", delay: String = "0") -> String {
        """
        services:
          web:
            image: busybox
            volumes: [/usr:/usr:ro, /lib:/lib:ro, /lib64:/lib64:ro]
            environment: {VERSION: \(version), DELAY: "\(delay)"}
            command: [sh, -c, 'echo version $$VERSION; sleep $$DELAY; exec /usr/bin/perl -e "$$ECHO"']
            ready: {tcp: 7, timeout: 60s}
            ports: ["80", "7"]
            \(more)
            stop_grace_period: 1s
          client: {image: busybox, command: [sleep, "1000"]}
        """.replacingEcho()
    }

    private func port(_ stack: LocalStack, _ number: Int) throws -> UInt16 {
        let text = try stack.harness("port", "web", "\(number)").output
        return try #require(text.dropLast().split(separator: ":").last.flatMap { UInt16($0) }, "\(text)")
    }

    @Test("loses no request under load; old and new are seen; open connections stay with the old until --commit")
    func underLoad() throws {
        let stack = try LocalStack(Self.text("old"))
        try stack.up()
        let (web, echo) = (try port(stack, 80), try port(stack, 7))
        let loads = try (0..<3).map { _ in try RequestLoad(port: web) }
        let open = try EchoConnection(port: echo)
        #expect(try open.answer(to: "a") == "old a")
        for load in loads { try load.waitForRequests() }

        try stack.rewrite(Self.text("new"))
        let outcome = try stack.harness("switch", "web")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.error.contains("web: switched from web to web@2"))
        #expect(outcome.error.contains("--commit"))
        #expect(try port(stack, 80) == web)
        #expect(try open.answer(to: "b") == "old b")
        #expect(try EchoConnection(port: echo).answer(to: "c") == "new c")
        #expect(try stack.shell("client", "wget -q -O - http://web/version") == "new")
        #expect(try stack.shell("web", "echo $VERSION") == "new")
        #expect(try stack.harness("ps").output.contains("beside web@2"))
        for load in loads { try load.waitForRequests() }

        #expect(try stack.harness("switch", "web", "--commit").code == 0)
        #expect(try open.answer(to: "d") == nil, "it has ended with the old version")
        #expect(try stack.harness("ps", "-q", "web").output == "web@2\n")
        for load in loads { try load.waitForRequests() }
        for load in loads {
            let result = try load.end()
            #expect(result.failed == 0)
            #expect((result.seen["old"] ?? 0) > 0 && (result.seen["new"] ?? 0) > 0)
            #expect(result.seen.count == 2)
        }
        #expect(try stack.harness("up", "-d").error.contains("nothing has changed"))
        let logs = try stack.harness("logs", "web").output
        #expect(logs.contains("version old") && logs.contains("version new"))
    }

    @Test("--rollback goes back under load, and the new version is gone")
    func rollBack() throws {
        let stack = try LocalStack(Self.text("old"))
        try stack.up()
        _ = try stack.shell("client", "echo '10.9.9.9 mine' >> /etc/hosts")
        try stack.rewrite(Self.text("new"))
        #expect(try stack.harness("switch", "web").code == 0)
        #expect(try stack.harness("up", "-d").error.contains("--rollback"), "it is to be settled first")
        let load = try RequestLoad(port: try port(stack, 80))
        try load.waitForRequests()
        let outcome = try stack.harness("switch", "web", "--rollback")
        #expect(outcome.code == 0, "\(outcome.error)")
        try load.waitForRequests()
        let result = try load.end()
        #expect(result.failed == 0, "what the new version was just answering has been waited for")
        #expect(result.seen["new"] != nil && result.seen["old"] != nil)
        #expect(try stack.shell("client", "wget -q -O - http://web/version; grep -c mine /etc/hosts") == "old\n1")
        #expect(try stack.harness("ps", "-q", "web").output == "web\n")
        #expect(try stack.harness("switch", "web", "--rollback").code == 69, "there is nothing to go back from")
    }

    /// What wrk has seen is printed at its end.
    private static let wrkScript = """
        local threads = {}
        function setup(thread) table.insert(threads, thread) end
        function init() old, new, other = 0, 0, 0 end
        function response(status, headers, body)
          if status == 200 and body == "old\\n" then old = old + 1
          elseif status == 200 and body == "new\\n" then new = new + 1
          else other = other + 1 end
        end
        function done(summary)
          local sum = {old = 0, new = 0, other = 0}
          for _, thread in ipairs(threads) do
            for name in pairs(sum) do sum[name] = sum[name] + thread:get(name) end
          end
          local e = summary.errors
          for name, count in pairs(sum) do print("seen " .. name .. " " .. count) end
          print("errors " .. e.connect .. " " .. e.read .. " " .. e.write .. " " .. e.status .. " " .. e.timeout)
        end
        """

    @Test(
        "under wrk no request fails: not at the switch, not when it is settled", .needsPrograms("wrk"),
        arguments: ["--commit", "--rollback"])
    func underWrk(settling: String) throws {
        let text = { (version: String) in
            """
            services:
              web:
                image: busybox
                command: [sh, -c, 'mkdir /www; echo \(version) >/www/version; exec httpd -f -p 80 -h /www']
                ready: {tcp: 80}
                ports: ["80"]
            """
        }
        let stack = try LocalStack(text("old"))
        try stack.fixture.scratch.write(Self.wrkScript, to: "count.lua")
        try stack.up()
        let web = try port(stack, 80)
        let wrk = try ChildProcess(
            [
                "/usr/bin/env", "wrk", "-t", "2", "-c", "4", "-d", "120s", "-H", "Connection: close",
                "-s", "\(stack.folder)/count.lua", "http://127.0.0.1:\(web)/version",
            ], environment: ["PATH": "/usr/bin:/bin"])
        // wrk says nothing until its end: by these it is known to have had its turn.
        let load = try RequestLoad(port: web)
        try load.waitForRequests()
        try stack.rewrite(text("new"))
        let outcome = try stack.harness("switch", "web")
        #expect(outcome.code == 0, "\(outcome.error)")
        try load.waitForRequests()
        #expect(try stack.harness("switch", "web", settling).code == 0)
        try load.waitForRequests()
        #expect(wrk.isRunning)
        wrk.send(SIGINT)
        let lines = try wrk.wait().output.split(separator: "\n")
        #expect(lines.contains("errors 0 0 0 0 0") && lines.contains("seen other 0"), "\(lines)")
        #expect(!lines.contains("seen old 0") && !lines.contains("seen new 0"))
        #expect(try load.end().failed == 0)
    }

    @Test("--image runs the service with another image, and says that the file has the old one")
    func image() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, command: [httpd, -f, -p, \"80\"], ready: {tcp: 80}, ports: [\"80\"]}}")
        try stack.up()
        let name = "\(stack.name):two"
        #expect(try stack.harness("image", "tag", "busybox", name).code == 0)
        defer {
            do {
                #expect(try stack.harness("down", "-t", "0").code == 0)
                #expect(try stack.harness("image", "rm", name).code == 0)
            } catch {
                Issue.record(error)
            }
        }
        let outcome = try stack.harness("switch", "web", "--image", name)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.error.contains("the file has another image"))
        #expect(try stack.harness("ps", "--format", "json", "web").output.contains("\"image\":\"\(name)\""))
        #expect(try stack.harness("switch", "web", "--image", "no-such-image").code == 69)
        #expect(try stack.harness("switch", "web", "--commit").code == 0)
        let missing = try stack.harness("switch", "web", "--image", "no-such-image")
        #expect(missing.code == 69 && missing.error.contains("no-such-image"))
    }

    @Test("a version that does not become ready in time is taken away, and the old one serves on")
    func neverReady() throws {
        let stack = try LocalStack(Self.text("old"))
        try stack.up()
        try stack.rewrite(Self.text("new", delay: "1000"))
        let outcome = try stack.harness("switch", "web", "--wait-timeout", "0.3")
        #expect(outcome.code == 69 && outcome.error.contains("not everything was ready"))
        #expect(try stack.harness("ps", "-q", "web").output == "web\n")
        #expect(try stack.shell("client", "wget -q -O - http://web/version") == "old")
        // A command that is ended has changed nothing either.
        let ended = try stack.start("switch", "web")
        try stack.eventually("the new version") { try stack.state("web@2") != nil || stack.state("web@3") != nil }
        ended.send(SIGTERM)
        _ = try ended.wait()
        try stack.eventually("the old state") { try stack.harness("ps", "-q", "web").output == "web\n" }
    }

    @Test("--shared-volumes is needed where both would write to a volume")
    func sharedVolumes() throws {
        let text = { (version: String) in
            """
            services:
              web: {image: busybox, command: [sleep, "1000"], environment: {V: \(version)}, volumes: ["data:/data"]}
            volumes: {data: {}}
            """
        }
        let stack = try LocalStack(text("1"))
        try stack.up()
        try stack.rewrite(text("2"))
        let refused = try stack.harness("switch", "web")
        #expect(refused.code == 69 && refused.error.contains("data") && refused.error.contains("--shared-volumes"))
        #expect(try stack.harness("switch", "web", "--shared-volumes").code == 0)
        _ = try stack.shell("web", "echo new > /data/x")
        #expect(try stack.harness("switch", "web", "--rollback").code == 0)
        #expect(try stack.shell("web", "cat /data/x") == "new")
    }

    @Test(
        "wrong usage is told",
        arguments: [["--commit", "--rollback"], ["--commit", "--image", "x"], ["--wait-timeout", "0"]])
    func usage(arguments: [String]) throws {
        #expect(try Harness.run(["switch", "web"] + arguments, home: try Store.withBusybox()).code == 64)
    }
}

extension String {
    /// The echo server's text; `$` is doubled, as the file wants it.
    fileprivate func replacingEcho() -> String {
        let server = """
            use IO::Socket::INET; use IO::Select; $$SIG{CHLD} = q(IGNORE); $$SIG{TERM} = sub { exit };
            my $$s = IO::Select->new(map { IO::Socket::INET->new(LocalPort => $$_, Listen => 999, ReuseAddr => 1) } 80, 7);
            while (1) { for my $$t ($$s->can_read) { my $$c = $$t->accept or next; if (fork) { close $$c; next }
            $$SIG{TERM} = q(DEFAULT);
            if ($$t->sockport == 80) { while (<$$c>) { last if $$_ eq qq(\\r\\n) }
            print $$c qq(HTTP/1.0 200 OK\\r\\n\\r\\n$$ENV{VERSION}\\n); exit }
            while (<$$c>) { syswrite $$c, $$ENV{VERSION} . q( ) . $$_ } exit } }
            """
        let line = server.split(separator: "\n").joined(separator: " ")
        return replacing("environment: {", "environment: {ECHO: '\(line)', ")
    }

    private func replacing(_ text: String, _ other: String) -> String {
        guard let range = self[...].range(of: text) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
