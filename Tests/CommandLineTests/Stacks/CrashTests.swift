import Glibc
import Testing

@Suite("The end of a monitor", .needsRoot(), .serialized)
struct CrashTests {
    private static let text = """
        services:
          db:
            image: busybox
            command: [sh, -c, "echo hello; sleep 1000"]
            volumes: [data:/data]
            stop_grace_period: 1s
          web: {image: busybox, command: [sleep, "1000"], depends_on: [db], stop_grace_period: 1s}
        volumes: {data: {}}
        """

    @Test("kill -9 takes the environment along; the next command says so, and nothing is left but volumes and logs")
    func killed() throws {
        let stack = try LocalStack(Self.text)
        let check = try LeakCheck(stack.fixture)
        try stack.up()
        _ = try stack.shell("db", "echo kept > /data/file")
        kill(try #require(try stack.monitor()), SIGKILL)
        try stack.eventually("the end") { try stack.harness("ps").code == 69 }
        // Either of the commands above has told of it, and only one.
        #expect(try check.leftovers(withDirectories: false) == [])
        #expect(try stack.harness("logs", "db").output.contains("hello"))
        try stack.up()
        #expect(try stack.shell("db", "cat /data/file") == "kept")
        #expect(try stack.harness("down", "-v").code == 0)
        #expect(try check.leftovers() == [])
    }

    @Test("the command after a kill says what has happened, once")
    func told() throws {
        let stack = try LocalStack(Self.text)
        try stack.up()
        let monitor = try #require(try stack.monitor())
        kill(monitor, SIGKILL)
        // Its socket is closed by its death.
        while kill(monitor, 0) == 0 { poll(nil, 0, 1) }
        let first = try stack.harness("ps")
        #expect(first.code == 69)
        #expect(first.error.contains("its monitor (process \(monitor)) was killed"))
        #expect(try stack.harness("ps").error.contains("is not up\n"))
    }

    @Test("a record of another boot is told as such; nothing is left but volumes and logs")
    func otherBoot() throws {
        let stack = try LocalStack(Self.text)
        let check = try LeakCheck(stack.fixture)
        try stack.up()
        _ = try stack.shell("db", "echo kept > /data/file")
        let monitor = try #require(try stack.monitor())
        kill(monitor, SIGKILL)
        while kill(monitor, 0) == 0 { poll(nil, 0, 1) }
        let file = try #require(
            tree(stack.fixture.home + "/environments") { $0.contains(stack.name) && $0.hasSuffix("/record.json") }.first
        )
        let text = try #require(readText(file))
        let bootID = try #require(LocalStack.value("bootID", in: Substring(text)))
        let changed = text.split(separator: bootID).joined(separator: "00000000-0000-0000-0000-000000000000")
        try writeFile(Array(changed.utf8), to: file)
        let told = try stack.harness("ps")
        #expect(told.code == 69 && told.error.contains("the machine was started anew"), "\(told.error)")
        #expect(try check.leftovers(except: ["/volumes/", "/environments/"]) == [])
        try stack.up()
        #expect(try stack.shell("db", "cat /data/file") == "kept")
    }

    @Test("a monitor whose runtime directory is removed takes its environment down")
    func removedDirectory() throws {
        let stack = try LocalStack(Self.text)
        let check = try LeakCheck(stack.fixture)
        try stack.up()
        _ = try stack.shell("db", "echo kept > /data/file")
        let monitor = try #require(try stack.monitor())
        let directory = try #require(entries("/run/harness").first { $0.hasPrefix(stack.name) })
        for path in tree("/run/harness/\(directory)").reversed() { remove(path) }
        rmdir("/run/harness/\(directory)")
        try stack.eventually("the end") { kill(monitor, 0) != 0 }
        #expect(try check.leftovers(withDirectories: false) == [])
        try stack.up()
        #expect(try stack.shell("db", "cat /data/file") == "kept")
    }

    @Test("SIGTERM to the monitor takes everything down in order")
    func terminated() throws {
        let stack = try LocalStack(Self.text)
        let check = try LeakCheck(stack.fixture)
        try stack.up()
        kill(try #require(try stack.monitor()), SIGTERM)
        try stack.eventually("the end") { try stack.harness("ps").code == 69 }
        #expect(try check.leftovers(except: ["/volumes/"]) == [])
    }

    @Test("down waits while somebody else clears away after a monitor that was killed")
    func heldByAnother() throws {
        let stack = try LocalStack(Self.text)
        let check = try LeakCheck(stack.fixture)
        try stack.up()
        let directory = try #require(entries("/run/harness").first { $0.hasPrefix(stack.name) })
        let descriptor = open("/run/harness/\(directory)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        kill(try #require(try stack.monitor()), SIGKILL)
        #expect(flock(descriptor, LOCK_EX) == 0)
        let child = try stack.start("down", "-v")
        poll(nil, 0, 100)
        close(descriptor)
        #expect(try child.wait().code == 0)
        #expect(try check.leftovers() == [])
    }

    @Test("kill -9 at any moment of the boot leaves nothing that runs")
    func anyMoment() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<10 {
            let stack = try LocalStack(Self.text)
            let check = try LeakCheck(stack.fixture)
            let child = try stack.start("up", "-d")
            let delay = Int32.random(in: 0...60, using: &generator)
            poll(nil, 0, delay)
            for pid in children(of: child.pid) { kill(pid, SIGKILL) }
            _ = try child.wait()
            if let monitor = try stack.monitor() { kill(monitor, SIGKILL) }
            #expect(try check.leftovers(withDirectories: false) == [], "killed after \(delay) ms")
            let down = try stack.harness("down", "-v")
            #expect(down.code == 0, "killed after \(delay) ms: \(down.error)")
            #expect(try check.leftovers() == [], "killed after \(delay) ms")
        }
    }
}
