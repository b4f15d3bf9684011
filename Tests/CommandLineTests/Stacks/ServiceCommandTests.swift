import Glibc
import Testing

@Suite("Commands on running services", .needsRoot(), .serialized)
struct ServiceCommandTests {
    private static let two = """
        services:
          db: {image: busybox, command: [sleep, "1000"]}
          web:
            image: busybox
            command: [sleep, "1000"]
            depends_on: {db: {condition: service_started, restart: true}}
        """

    @Test("stop, start and restart keep what was written")
    func stopAndStart() throws {
        let stack = try LocalStack(Self.two)
        try stack.up()
        _ = try stack.shell("db", "touch /mark")
        #expect(try stack.harness("stop", "db").code == 0)
        #expect(try stack.state("db") == "exited")
        #expect(try stack.state("web") == "running")
        #expect(try stack.harness("start", "db").code == 0)
        #expect(try stack.shell("db", "ls /mark") == "/mark")
        #expect(try stack.harness("restart", "db").code == 0)
        #expect(try stack.shell("db", "ls /mark") == "/mark")
    }

    @Test("restart takes along what depends with 'restart: true', but for --no-deps", arguments: [true, false])
    func restart(alone: Bool) throws {
        let stack = try LocalStack(Self.two)
        try stack.up()
        let life = { try stack.shell("web", "cut -d' ' -f22 /proc/1/stat") }
        let before = try life()
        let outcome =
            alone ? try stack.harness("restart", "--no-deps", "db") : try stack.harness("restart", "db")
        #expect(outcome.code == 0)
        #expect(try (life() == before) == alone)
    }

    @Test("kill sends the signal that is named")
    func kill() throws {
        let stack = try LocalStack(
            """
            services:
              web: {image: busybox, command: [sh, -c, "trap 'touch /usr1' USR1; touch /up; while :; do sleep 0.02; done"], ready: {file: /up}}
            """)
        try stack.up()
        #expect(try stack.harness("kill", "-s", "USR1", "web").output == "web\n")
        try stack.eventually("the signal") { try stack.harness("exec", "web", "test", "-e", "/usr1").code == 0 }
        #expect(try stack.harness("kill", "web").code == 0)
        try stack.eventually("the end") { try stack.state("web") == "exited" }
        #expect(try stack.harness("kill", "web").code == 69)
        #expect(try stack.harness("kill", "-s", "NONE", "web").code == 64)
    }

    @Test("pause stops all processes where they are, until unpause")
    func pause() throws {
        let stack = try LocalStack(
            """
            services:
              web: {image: busybox, command: [sh, -c, "while :; do date +%N > /out/now; sleep 0.01; done"], volumes: [./out:/out]}
            """)
        let out = try stack.fixture.scratch.makeDirectory("out")
        try stack.up()
        try stack.eventually("a first time") { readText("\(out)/now") != nil }
        #expect(try stack.harness("pause", "web").output == "web\n")
        #expect(try stack.state("web") == "paused")
        poll(nil, 0, 100)
        let then = readText("\(out)/now")
        poll(nil, 0, 100)
        #expect(readText("\(out)/now") == then)
        #expect(try stack.harness("exec", "web", "true").code == 69)
        #expect(try stack.harness("unpause", "web").code == 0)
        try stack.eventually("another time") { readText("\(out)/now") != then }
        #expect(try stack.harness("pause", "web").code == 0)
        #expect(try stack.harness("down").code == 0, "what is paused is taken down like all others")
    }

    @Test("wait prints how containers ended, and ends with the last one's code")
    func wait() throws {
        let stack = try LocalStack(
            "services: {a: {image: busybox, command: [sh, -c, \"sleep 0.3; exit 3\"]}, b: {image: busybox, command: [sleep, \"1000\"]}}"
        )
        try stack.up()
        let outcome = try stack.harness("wait", "a")
        #expect(outcome.output == "a 3\n" && outcome.code == 3)
    }

    @Test("port prints where a port is, whatever it leads to")
    func port() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, command: [sleep, \"1000\"], ports: [\"80\", \"53/udp\"]}}")
        try stack.up()
        #expect(try stack.harness("port", "web", "80").output.hasPrefix("127.0.0.1:"))
        #expect(try stack.harness("port", "web", "53/udp").output.hasPrefix("127.0.0.1:"))
        #expect(try stack.harness("port", "--transport", "udp", "web", "53").code == 0)
        #expect(try stack.harness("port", "web", "81").code == 69)
        #expect(try stack.harness("port", "web").output.split(separator: "\n").count == 2)
    }

    @Test("an ephemeral port is the same after a restart")
    func samePort() throws {
        let stack = try LocalStack("services: {web: {image: busybox, command: [sleep, \"1000\"], ports: [\"80\"]}}")
        try stack.up()
        let before = try stack.harness("port", "web", "80").output
        #expect(try stack.harness("stop", "web").code == 0)
        #expect(try stack.harness("port", "web", "80").code == 69)
        #expect(try stack.harness("start", "web").code == 0)
        #expect(try stack.harness("port", "web", "80").output == before)
    }

    @Test("a container that is started again is the same neighbour to others: IP and hardware address")
    func sameNeighbour() throws {
        let stack = try LocalStack("services: {web: {image: busybox, command: [sleep, \"1000\"]}}")
        try stack.up()
        let addresses = "cat /sys/class/net/eth0/address; ip -4 -o address show dev eth0"
        let before = try stack.shell("web", addresses)
        #expect(before.hasPrefix("02:42:"))
        #expect(try stack.harness("restart", "web").code == 0)
        #expect(try stack.shell("web", addresses) == before)
    }

    @Test("events tell what happens, also as JSON")
    func events() throws {
        let stack = try LocalStack(Self.two)
        try stack.up()
        let json = try stack.start("events", "--format", "json")
        let plain = try stack.start("events")
        // Nothing says that they listen but what they tell.
        try stack.eventually("what both tell of a start") {
            #expect(try stack.harness("restart", "web").code == 0)
            for child in [json, plain] { try child.pause(for: .milliseconds(50)) }
            return json.output.contains("\"event\":\"started\"") && plain.output.contains("web: started\n")
        }
        #expect(try stack.harness("kill", "web").code == 0)
        try plain.waitForOutput("web: was killed by SIGKILL\n")
        #expect(try stack.harness("down").code == 0)
        #expect(try json.wait().code == 0)
    }

    @Test("a restart policy is kept to for the life of the environment")
    func restartPolicy() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, command: [sh, -c, \"echo life; sleep 0.1; exit 1\"], restart: always}}")
        try stack.up()
        try stack.eventually("three lives") {
            try stack.harness("logs", "--no-log-prefix").output.split(separator: "\n").count >= 3
        }
        #expect(try stack.harness("stop").code == 0)
        #expect(try stack.state("web") == "exited", "what was stopped is not started again")
    }

    @Test("health is watched for the life of the environment")
    func health() throws {
        let stack = try LocalStack(
            """
            services:
              web:
                image: busybox
                command: [sh, -c, "touch /ok; sleep 1000"]
                healthcheck: {test: [CMD, test, -e, /ok], interval: 50ms, retries: 2}
            """)
        try stack.up()
        let health = {
            try stack.harness("ps", "--format", "json").output.split(separator: "\n").first
                .flatMap { LocalStack.value("health", in: $0) }
        }
        #expect(try health() == "healthy")
        _ = try stack.shell("web", "rm /ok")
        try stack.eventually("unhealthy") { try health() == "unhealthy" }
        _ = try stack.shell("web", "touch /ok")
        try stack.eventually("healthy") { try health() == "healthy" }
    }

    @Test("ps filters by service and state, and prints names only with -q")
    func ps() throws {
        let stack = try LocalStack(Self.two)
        try stack.up()
        #expect(try stack.harness("stop", "web").code == 0)
        #expect(try stack.harness("ps", "-q").output == "db\nweb\n")
        #expect(try stack.harness("ps", "-q", "--status", "running").output == "db\n")
        #expect(try stack.harness("ps", "-q", "web").output == "web\n")
        #expect(try stack.harness("ps").output.contains("STATUS"))
    }
}
