import Glibc
import Testing

@Suite("Flags that many commands share", .needsRoot(), .serialized)
struct CommonFlagTests {
    /// Does not end before it is killed.
    private static let deaf =
        #"command: [sh, -c, "trap : TERM; touch /up; while :; do sleep 0.05; done"], ready: {file: /up, timeout: 60s}"#

    @Test("stop and restart -t bound the grace period", arguments: ["stop", "restart"])
    func timeout(command: String) throws {
        let stack = try LocalStack("services: {web: {image: busybox, \(Self.deaf), stop_grace_period: 10m}}")
        try stack.up()
        let outcome = try stack.harness(command, "-t", "0.1", "web")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try stack.state("web") == (command == "stop" ? "exited" : "running"))
        #expect(try stack.harness(command, "-t", "soon").code == 64)
    }

    @Test("--profile, --env-file and --project-directory read the file otherwise")
    func file() throws {
        let stack = try LocalStack(
            """
            services:
              web: {image: busybox, command: [sleep, "1000"], environment: {COLOUR: "$COLOUR"}, volumes: [./here:/here]}
              extra: {image: busybox, command: [sleep, "1000"], profiles: [more]}
            """)
        try stack.fixture.scratch.write("COLOUR=red\n", to: ".env")
        try stack.fixture.scratch.write("COLOUR=blue\n", to: "other.env")
        try stack.fixture.scratch.makeDirectory("here")
        try stack.up()
        #expect(try stack.shell("web", "echo $COLOUR") == "red")
        #expect(try stack.harness("ps", "-q").output == "web\n")
        try stack.up("--profile", "more", "--env-file", "other.env")
        #expect(try stack.shell("web", "echo $COLOUR") == "blue")
        #expect(try stack.harness("ps", "-q").output.split(separator: "\n").sorted() == ["extra", "web"])
        #expect(try stack.harness("down").code == 0)

        let elsewhere = try stack.fixture.scratch.makeDirectory("elsewhere")
        try stack.fixture.scratch.write("there", to: "elsewhere/here/file")
        try stack.up("--project-directory", elsewhere)
        #expect(try stack.harness("ps").code == 69, "the folder is part of what an environment is")
        let read = try stack.harness("exec", "--project-directory", elsewhere, "-T", "web", "cat", "/here/file")
        #expect(read.output == "there", "\(read.error)")
        #expect(try stack.harness("down", "--project-directory", elsewhere).code == 0)
    }

    @Test("--progress and --verbose say how much is told")
    func progress() throws {
        let stack = try LocalStack(
            """
            services:
              web: {image: busybox, command: [sh, -c, "echo printed; touch /up; exec sleep 1000"], ready: {file: /up, timeout: 60s}}
            """)
        func up(_ arguments: String...) throws -> String {
            let outcome = try stack.run(["up", "-d"] + arguments)
            #expect(outcome.code == 0 && outcome.output.isEmpty, "\(outcome.error)")
            #expect(try stack.harness("down", "-t", "0").code == 0)
            return outcome.error
        }
        #expect(try up("--progress", "quiet") == "")
        let plain = try up("--progress", "plain")
        #expect(plain.contains("harness: web: ready after") && !plain.contains("web | printed"))
        let lines = try up("--progress", "json").split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
        #expect(lines.contains { $0.contains(#""event":"ready""#) && $0.contains(#""service":"web""#) })
        #expect(try up("--verbose").contains("web | printed"))
        #expect(try stack.harness("up", "-d", "--progress", "loud").code == 64)
    }

    @Test("--index chooses one of a service's containers")
    func index() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, command: [httpd, -f, -p, \"80\"], ports: [\"80\"], scale: 2}}")
        try stack.up()
        let ports = try (1...2).map { try stack.harness("port", "--index", "\($0)", "web", "80").output }
        #expect(ports[0] != ports[1] && ports.allSatisfy { $0.hasPrefix("127.0.0.1:") })
        #expect(try stack.harness("port", "--index", "3", "web", "80").code == 64)
    }

    @Test("shell takes -u, -w and -e")
    func shell() throws {
        let stack = try LocalStack("services: {web: {image: busybox, command: [sleep, \"1000\"]}}")
        try stack.up()
        let process = try stack.terminal("shell", "-u", "9", "-w", "/etc", "-e", "COLOUR=blue", "web")
        process.type("echo \"<$(id -u) $PWD $COLOUR>\"; exit 5\n")
        try process.wait(for: "<9 /etc blue>")
        #expect(try process.end() == 5)
    }

    @Test("ps --status takes states that there are, and no others")
    func status() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, command: [sleep, \"1000\"]}, job: {image: busybox, command: [\"true\"]}}")
        try stack.up()
        try stack.eventually("the job's end") { try stack.state("job") == "exited" }
        #expect(try stack.harness("ps", "-q", "--status", "running").output == "web\n")
        #expect(try stack.harness("ps", "-q", "--status", "exited").output == "job\n")
        let wrong = try stack.harness("ps", "--status", "sleeping")
        #expect(wrong.code == 64 && wrong.error.contains("running"), "\(wrong.error)")
    }
}
