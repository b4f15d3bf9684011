import Glibc
import Testing

@Suite("up on a running environment", .needsRoot(), .serialized)
struct ReconcileTests {
    private static func text(colour: String = "red", restart: Bool = false, more: String = "") -> String {
        """
        services:
          db:
            image: busybox
            command: [sleep, "1000"]
            environment: {COLOUR: \(colour)}
          web:
            image: busybox
            command: [sleep, "1000"]
            depends_on: {db: {condition: service_started, restart: \(restart)}}
          other:
            image: busybox
            command: [sleep, "1000"]
        \(more)
        """
    }

    /// Tells one life of a container from another.
    private func mark(_ stack: LocalStack, _ services: String...) throws {
        for service in services { _ = try stack.shell(service, "touch /mark") }
    }

    private func isMarked(_ stack: LocalStack, _ service: String) throws -> Bool {
        try stack.harness("exec", service, "test", "-e", "/mark").code == 0
    }

    @Test("only what has changed is replaced, and why is told")
    func changed() throws {
        let stack = try LocalStack(Self.text())
        try stack.up()
        try mark(stack, "db", "web", "other")
        try stack.rewrite(Self.text(colour: "blue"))
        let outcome = try stack.harness("up", "-d")
        #expect(outcome.code == 0)
        #expect(outcome.error.contains("replace db: environment COLOUR"))
        #expect(try stack.shell("db", "echo $COLOUR") == "blue")
        #expect(try !isMarked(stack, "db"), "it starts from its image")
        #expect(try isMarked(stack, "web") && isMarked(stack, "other"))
    }

    @Test("what depends with 'restart: true' is restarted, and keeps what it has written")
    func dependents() throws {
        let stack = try LocalStack(Self.text(restart: true))
        try stack.up()
        try mark(stack, "web", "other")
        try stack.rewrite(Self.text(colour: "blue", restart: true))
        let outcome = try stack.harness("up", "-d")
        #expect(outcome.error.contains("restart web: 'db' is replaced"))
        #expect(try isMarked(stack, "web"))
        #expect(!outcome.error.contains("other"))
    }

    @Test("--dry-run tells and does nothing")
    func dryRun() throws {
        let stack = try LocalStack(Self.text())
        let before = try stack.harness("up", "--dry-run")
        #expect(
            before.output == "create db: new\ncreate web: new\ncreate other: new\n"
                || before.output.contains("create db: new"))
        #expect(try stack.harness("ps").code == 69)
        try stack.up()
        try mark(stack, "db")
        try stack.rewrite(Self.text(colour: "blue"))
        #expect(try stack.harness("up", "--dry-run").output == "replace db: environment COLOUR\n")
        #expect(try isMarked(stack, "db"))
    }

    @Test("--force-recreate replaces what has not changed, with services only those")
    func force() throws {
        let stack = try LocalStack(Self.text())
        try stack.up()
        try mark(stack, "db", "web", "other")
        #expect(try stack.harness("up", "-d", "--force-recreate", "other").code == 0)
        #expect(try !isMarked(stack, "other"))
        #expect(try isMarked(stack, "db") && isMarked(stack, "web"))
    }

    @Test("with services only they are started, and what they depend on; --no-deps leaves that out")
    func services() throws {
        let stack = try LocalStack(Self.text())
        try stack.up("web")
        #expect(try stack.harness("ps", "-q").output == "db\nweb\n")
        #expect(try stack.harness("down").code == 0)
        try stack.up("--no-deps", "web")
        #expect(try stack.harness("ps", "-q").output == "web\n")
    }

    @Test("a service that is gone from the file stays, with a word, until --remove-orphans")
    func orphans() throws {
        let extra = "  extra: {image: busybox, command: [sleep, \"1000\"]}"
        let stack = try LocalStack(Self.text(more: extra))
        try stack.up()
        try stack.rewrite(Self.text())
        let outcome = try stack.harness("up", "-d")
        #expect(outcome.error.contains("'extra' is not in the file any more"))
        #expect(try stack.state("extra") == "running")
        #expect(try stack.harness("up", "-d", "--remove-orphans").code == 0)
        #expect(try stack.state("extra") == nil)
    }

    @Test("--scale gives a service more containers, and fewer")
    func scale() throws {
        let stack = try LocalStack("services: {web: {image: busybox, command: [sleep, \"1000\"], scale: 2}}")
        try stack.up()
        try mark(stack, "web-1", "web-2")
        try stack.up("--scale", "web=3")
        #expect(try stack.harness("ps", "-q").output == "web-1\nweb-2\nweb-3\n")
        #expect(try isMarked(stack, "web-1") && isMarked(stack, "web-2"))
        try stack.up("--scale", "web=1", "--force-recreate")
        #expect(try stack.harness("ps", "-q").output.split(separator: "\n").count == 1)
        #expect(try stack.harness("up", "-d", "--scale", "wbe=1").code == 64)
        #expect(try stack.harness("up", "-d", "--scale", "web=many").code == 64)
    }

    @Test("a stopped service is started again, what has done its work is not")
    func ended() throws {
        let stack = try LocalStack(
            """
            services:
              once: {image: busybox, command: [sh, -c, "echo ran >> /out/runs"], volumes: [./out:/out]}
              web:
                image: busybox
                command: [sleep, "1000"]
                depends_on: {once: {condition: service_completed_successfully}}
            """)
        let out = try stack.fixture.scratch.makeDirectory("out")
        try stack.up()
        #expect(try stack.harness("stop", "web").code == 0)
        #expect(try stack.state("web") == "exited")
        try stack.up()
        #expect(try stack.state("web") == "running")
        #expect(readText("\(out)/runs") == "ran\n")
    }

    @Test("a port that is new is opened while the container runs on")
    func ports() throws {
        let text = { (ports: String) in
            "services: {web: {image: busybox, command: [httpd, -f, -p, \"80\"], ready: {tcp: 80}, ports: [\(ports)]}}"
        }
        let stack = try LocalStack(text(""))
        try stack.up()
        try mark(stack, "web")
        try stack.rewrite(text("\"80\""))
        let outcome = try stack.harness("up", "-d")
        #expect(outcome.error.contains("publish web: ports"))
        #expect(try stack.harness("port", "web", "80").output.hasPrefix("127.0.0.1:"))
        #expect(try isMarked(stack, "web"))
    }

    @Test("a new service finds the others by name, and they find it")
    func newService() throws {
        let stack = try LocalStack(Self.text())
        try stack.up()
        try stack.rewrite(Self.text(more: "  extra: {image: busybox, command: [sleep, \"1000\"]}"))
        try stack.up()
        #expect(try stack.harness("exec", "extra", "ping", "-c", "1", "-W", "2", "db").code == 0)
        #expect(try stack.harness("exec", "db", "ping", "-c", "1", "-W", "2", "extra").code == 0)
    }

    @Test("other networks replace everything, in new ones; named volumes stay, and the monitor too")
    func networks() throws {
        let text = { (networks: String, more: String) in
            """
            services:
              web: {image: busybox, command: [sleep, "1000"], volumes: ["data:/data"]\(networks)}
              other: {image: busybox, command: [sleep, "1000"]\(networks), ports: ["80"]}
              idle: {image: busybox, command: [sleep, "1000"]}
            volumes: {data: {}}
            \(more)
            """
        }
        let stack = try LocalStack(text("", ""))
        try stack.up()
        _ = try stack.shell("web", "echo kept > /data/file")
        #expect(try stack.harness("stop", "idle").code == 0)
        let monitor = try stack.monitor()
        try stack.rewrite(
            text(", networks: [default, back]", "networks: {back: {ipam: {config: [{subnet: 10.99.0.0/24}]}}}"))
        let plan = try stack.harness("up", "--dry-run")
        #expect(plan.output.contains("replace web: the networks have changed"))
        let outcome = try stack.harness("up", "-d")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.error.contains("replace other: the networks have changed"))
        #expect(try stack.monitor() == monitor)
        #expect(
            try stack.shell("web", "cat /data/file; ip -4 addr show eth0; ip -4 addr show eth1").contains("10.99.0."))
        #expect(try stack.harness("exec", "web", "ping", "-c", "1", "-W", "2", "other").code == 0)
        #expect(try stack.harness("port", "other", "80").code == 0)
        #expect(try stack.harness("up", "-d").error.contains("nothing has changed"))
    }
}
