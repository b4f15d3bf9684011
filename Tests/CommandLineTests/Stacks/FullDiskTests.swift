import Glibc
import Testing

@Suite("A disk that is full", .needsRoot(), .onlyAsRoot("mounts a small one"), .serialized)
struct FullDiskTests {
    private static let text = """
        services:
          db:
            image: busybox
            command: [sh, -c, "echo hello; while :; do echo line; sleep 0.02; done"]
            volumes: [data:/data]
            stop_grace_period: 1s
          web: {image: busybox, command: [httpd, -f, -p, "80", -h, /etc], ready: {tcp: 80}, depends_on: [db]}
        volumes: {data: {}}
        """

    private let scratch: Scratch
    private let disk: SmallFileSystem
    private let stack: LocalStack

    init() throws {
        scratch = try Scratch()
        disk = try SmallFileSystem(at: try scratch.makeDirectory("home"), options: "size=24m")
        try Store.importBusybox(into: disk.path)
        // Writable layers are elsewhere: here it is about what the harness itself writes.
        stack = try LocalStack(Self.text, home: disk.path, variables: ["HARNESS_SCRATCH": "memory"])
    }

    @Test("'up' says so with the file and 125, and nothing is half-done")
    func up() throws {
        let check = try LeakCheck(stack.fixture)
        try disk.fill()
        let outcome = try stack.harness("up", "-d")
        #expect(outcome.code == 125)
        #expect(outcome.error.contains("record.json: No space left on device"), "\(outcome.error)")
        #expect(outcome.error.contains("help: free space on the file system that holds HARNESS_HOME"))
        #expect(try check.leftovers() == [])
        #expect(try stack.harness("ps").error.contains("is not up"))
        #expect(try stack.harness("down", "-v").code == 0)
        disk.free()
        try stack.up()
        #expect(try stack.state("web") == "running")
        #expect(try stack.harness("down", "-v").code == 0)
        #expect(try check.leftovers() == [])
    }

    @Test("an environment that is up goes on: exec, restart, logs of before, down")
    func goesOn() throws {
        let check = try LeakCheck(stack.fixture)
        try stack.up()
        _ = try stack.shell("db", "echo kept > /data/file")
        let events = try stack.start("events")
        try stack.eventually("lines") { try stack.harness("logs", "db").output.contains("line") }
        try disk.fill()
        try events.waitForOutput("db: what it prints is not kept for now")
        #expect(events.isRunning, "\(events.error)")
        #expect(try stack.shell("db", "cat /data/file") == "kept")
        #expect(try stack.harness("restart", "web").code == 0)
        #expect(try stack.harness("logs", "db").output.contains("db | hello"))
        #expect(try stack.harness("ps").code == 0)
        #expect(try stack.harness("down").code == 0)
        #expect(try check.leftovers(except: ["/volumes/"]) == [])
        disk.free()
        try stack.up()
        #expect(try stack.shell("db", "cat /data/file") == "kept")
    }

    @Test("once there is room again lines are kept, and 'logs' says how many are missing")
    func lost() throws {
        try stack.up()
        try stack.eventually("lines") { try stack.harness("logs", "db").output.contains("line") }
        let events = try stack.start("events")
        try disk.fill()
        try events.waitForOutput("db: what it prints is not kept for now")
        disk.free()
        try stack.eventually("the notice") { try stack.harness("logs", "db").output.contains("lines are missing here") }
        let lines = try stack.harness("logs", "--no-log-prefix", "db").output.split(separator: "\n")
        let notice = try #require(lines.firstIndex { $0.contains("missing here: write: No space left on device") })
        #expect(lines[..<notice].dropFirst().allSatisfy { $0 == "line" })
        #expect(lines[notice...].dropFirst().allSatisfy { $0 == "line" }, "a line that was cut spoils no other")
        try stack.eventually("what comes after") {
            try stack.harness("logs", "-n", "1", "--no-log-prefix", "db").output == "line\n"
        }
    }

    @Test("kill -9 of the monitor while it is full: the next command clears away")
    func killed() throws {
        let check = try LeakCheck(stack.fixture)
        try stack.up()
        let monitor = try #require(try stack.monitor())
        try disk.fill()
        kill(monitor, SIGKILL)
        try stack.eventually("the end") { try stack.harness("ps").error.contains("is not up") }
        let left = try check.leftovers(except: ["/volumes/", "/environments/"])
        #expect(left == [])
        #expect(try stack.harness("down", "-v").code == 0)
        #expect(try check.leftovers() == [])
    }
}
