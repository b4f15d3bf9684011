import Glibc
import Testing

@Suite("up -d and down", .needsRoot(), .serialized)
struct UpTests {
    static let web = """
        services:
          web:
            image: busybox
            command: [httpd, -f, -p, "80", -h, /etc]
            ready: {tcp: 80}
        """

    @Test("it is ready when 'up -d' returns, and nothing is left of it after 'down'")
    func upAndDown() throws {
        let stack = try LocalStack(Self.web)
        let check = try LeakCheck(stack.fixture)
        try stack.up()
        #expect(try stack.state("web") == "running")
        #expect(try stack.shell("web", "wget -q -O - http://web/hostname") == "web")
        let down = try stack.harness("down")
        #expect(down.code == 0, "\(down.error)")
        #expect(try check.leftovers() == [])
        #expect(try stack.harness("down").code == 0, "nothing to take down is no error")
    }

    @Test("'up -d' of what is up changes nothing and says so")
    func again() throws {
        let stack = try LocalStack(Self.web)
        try stack.up()
        let monitor = try stack.monitor()
        let again = try stack.harness("up", "-d")
        #expect(again.code == 0)
        #expect(again.error.contains("nothing has changed"))
        #expect(try stack.monitor() == monitor)
    }

    @Test("--wait goes to the background too")
    func waits() throws {
        let stack = try LocalStack(Self.web)
        #expect(try stack.harness("up", "--wait").code == 0)
        #expect(try stack.state("web") == "running")
    }

    @Test("--wait-timeout ends the waiting with 69, and what is up stays up")
    func waitTimeout() throws {
        let stack = try LocalStack(
            """
            services:
              web: {image: busybox, command: [sleep, "1000"], ready: {file: /never, timeout: 60s}}
            """)
        let outcome = try stack.harness("up", "-d", "--wait-timeout", "0.2")
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("not everything was ready"))
        #expect(try stack.state("web") == "running")
    }

    @Test("a service that fails gives 69 with its last lines, and the others stay up")
    func failure() throws {
        let stack = try LocalStack(
            """
            services:
              good: {image: busybox, command: [sleep, "1000"]}
              bad: {image: busybox, command: [sh, -c, "echo no such luck; exit 3"], ready: {tcp: 1}}
            """)
        let outcome = try stack.harness("up", "-d")
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("no such luck"))
        #expect(try stack.state("good") == "running")
        #expect(try stack.state("bad") == "exited")
    }

    @Test("an invalid file gives 65, and a running environment stays as it is")
    func invalidFile() throws {
        let stack = try LocalStack(Self.web)
        try stack.up()
        try stack.rewrite("services: {web: {imagge: busybox}}")
        #expect(try stack.harness("up", "-d").code == 65)
        #expect(try stack.state("web") == "running")
        #expect(try stack.harness("down").code == 0)
    }

    @Test("two checkouts of one name never touch each other")
    func checkouts() throws {
        let text = """
            services:
              db: {image: busybox, command: [sleep, "1000"], volumes: [data:/data]}
            volumes: {data: {}}
            """
        let one = try LocalStack(text)
        let other = try LocalStack(text)
        try other.fixture.scratch.write("name: \(one.name)\n\(text)\n", to: "environment.yaml")
        try one.up()
        try other.up()
        _ = try one.shell("db", "echo one > /data/who")
        #expect(try other.shell("db", "ls /data") == "")
        #expect(try one.harness("down").code == 0)
        #expect(try other.state("db") == "running")
    }

    @Test("named volumes stay until 'down -v'")
    func volumes() throws {
        let stack = try LocalStack(
            """
            services:
              db: {image: busybox, command: [sleep, "1000"], volumes: [data:/data]}
            volumes: {data: {}}
            """)
        try stack.up()
        _ = try stack.shell("db", "echo kept > /data/file")
        #expect(try stack.harness("down").code == 0)
        try stack.up()
        #expect(try stack.shell("db", "cat /data/file") == "kept")
        #expect(try stack.harness("down", "-v").code == 0)
        try stack.up()
        #expect(try stack.shell("db", "ls /data") == "")
        #expect(try stack.harness("down").code == 0)
        #expect(try stack.harness("down", "-v").code == 0, "of what is not up the file tells the volumes")
        #expect(tree(stack.fixture.home + "/volumes") { $0.contains(stack.name) } == [])
    }

    @Test("a stop is graceful and in reverse order; -t bounds it")
    func graceful() throws {
        let script = "trap 'echo $$0 >> /out/order; exit 0' TERM; while :; do sleep 0.02; done"
        let stack = try LocalStack(
            """
            services:
              db: {image: busybox, command: [sh, -c, "\(script)", db], volumes: [./out:/out]}
              web: {image: busybox, command: [sh, -c, "\(script)", web], volumes: [./out:/out], depends_on: [db]}
              deaf: {image: busybox, command: [sh, -c, "trap : TERM; while :; do sleep 1; done"], stop_grace_period: 5m}
            """)
        let out = try stack.fixture.scratch.makeDirectory("out")
        try stack.up()
        let start = ContinuousClock.now
        #expect(try stack.harness("down", "-t", "1").code == 0)
        #expect(start.duration(to: .now) < .seconds(100), "without -t it would have been 5 minutes")
        #expect(readText("\(out)/order") == "web\ndb\n")
    }

    @Test("what would not notice its stop signal is not waited for")
    func unnoticed() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, command: [sleep, \"1000\"], stop_grace_period: 5m}}")
        try stack.up()
        let outcome = try stack.harness("down")
        #expect(outcome.code == 0)
        #expect(outcome.duration < .seconds(100), "the grace period is 5 minutes")
    }

    @Test("a port that is taken changes nothing and leaves nothing")
    func takenPort() throws {
        let holder = try LocalStack(
            "services: {a: {image: busybox, command: [sleep, \"1000\"], ports: [\"80\"]}}")
        try holder.up()
        let at = try holder.harness("port", "a", "80").output.split(separator: ":").last?.dropLast() ?? ""
        let stack = try LocalStack(
            "services: {b: {image: busybox, command: [sleep, \"1000\"], ports: [\"\(at):80\"]}}")
        let check = try LeakCheck(stack.fixture)
        let outcome = try stack.harness("up", "-d")
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("can't publish a port"))
        #expect(try check.leftovers() == [])
    }

    @Test("'ls' lists what is up, with its folder")
    func list() throws {
        let stack = try LocalStack(Self.web)
        try stack.up()
        let line = try stack.harness("ls").output.split(separator: "\n").first { $0.contains(stack.name) }
        #expect(line?.contains("running(1)") == true && line?.contains(stack.folder) == true)
        #expect(try stack.harness("ls", "-q").output.contains(stack.name))
        #expect(try stack.harness("down").code == 0)
        #expect(try !stack.harness("ls").output.contains(stack.name))
    }

    @Test(
        "commands on what is not up say so with 69", arguments: [["ps"], ["exec", "web", "true"], ["stop"], ["logs"]])
    func notUp(arguments: [String]) throws {
        let stack = try LocalStack(Self.web)
        let outcome = try Harness.run(arguments, home: stack.fixture.home, directory: stack.folder)
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("is not up"))
        #expect(outcome.error.contains("harness up -d"))
    }
}
