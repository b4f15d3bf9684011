import Glibc
import Testing

@Suite("up --watch", .needsRoot())
struct WatchTests {
    /// A service with a rule; its folder `src` is there already, with the file `one`.
    private static func stack(_ rule: String, service: String = "") throws -> LocalStack {
        let stack = try LocalStack(text(rule, service: service))
        try stack.fixture.scratch.makeDirectory("src")
        try stack.fixture.scratch.write("1", to: "src/one")
        return stack
    }

    private static func text(_ rule: String, service: String = "") -> String {
        """
        services:
          web:
            image: busybox
            command: [sh, -c, 'echo started >> /starts; sleep 1000']
            develop: {watch: [\(rule)]}
            \(service)
          other: {image: busybox, command: [sleep, "1000"]}
        """
    }

    /// Attached, and watching.
    private func watch(_ stack: LocalStack, _ arguments: String...) throws -> ChildProcess {
        let child = try Harness.start(
            ["up", "--watch"] + arguments, home: stack.fixture.home, directory: stack.folder)
        try child.waitForOutput("watching")
        try #require(child.isRunning, "\(child.error)")
        return child
    }

    private func end(_ child: ChildProcess) throws {
        child.send(SIGINT)
        #expect(try child.wait().code == 130)
    }

    private func read(_ stack: LocalStack, _ path: String) throws -> String? {
        let outcome = try stack.harness("exec", "-T", "web", "cat", path)
        return outcome.code == 0 ? outcome.output : nil
    }

    private func starts(_ stack: LocalStack) throws -> Int {
        try read(stack, "/starts")?.split(separator: "\n").count ?? 0
    }

    @Test("sync copies what is new or changed, and removes what is gone; initial_sync copies what was there")
    func sync() throws {
        let stack = try Self.stack(
            "{path: src, action: sync, target: /app/src, initial_sync: true, ignore: [\"*.tmp\"]}")
        let child = try watch(stack)
        #expect(try read(stack, "/app/src/one") == "1")
        let scratch = stack.fixture.scratch
        try scratch.write("2", to: "src/one")
        try stack.eventually("the change") { try read(stack, "/app/src/one") == "2" }
        // As editors do it.
        try scratch.write("3", to: "src/one~")
        rename("\(stack.folder)/src/one~", "\(stack.folder)/src/one")
        try stack.eventually("the replaced file") { try read(stack, "/app/src/one") == "3" }
        try scratch.makeDirectory("src/new")
        try scratch.makeDirectory("src/new/deep")
        try scratch.write("x", to: "src/new/deep/file", mode: 0o755)
        try scratch.write("x", to: "src/left.tmp")
        try stack.eventually("the new folder") { try read(stack, "/app/src/new/deep/file") == "x" }
        #expect(try stack.shell("web", "test -x /app/src/new/deep/file; echo $?") == "0")
        #expect(try read(stack, "/app/src/left.tmp") == nil && read(stack, "/app/src/one~") == nil)
        unlink("\(stack.folder)/src/new/deep/file")
        rmdir("\(stack.folder)/src/new/deep")
        rmdir("\(stack.folder)/src/new")
        try stack.eventually("the removal") { try stack.harness("exec", "web", "test", "-e", "/app/src/new").code == 1 }
        #expect(try starts(stack) == 1)
        try end(child)
    }

    @Test("without initial_sync only changes are copied; a single file; what .dockerignore says is left out")
    func singleFile() throws {
        let stack = try Self.stack(
            "{path: src/one, action: sync, target: /one}, {path: src, action: sync, target: /all, include: [\"**/*.txt\"]}"
        )
        try stack.fixture.scratch.write("# none of these\nsecret*\n", to: "src/.dockerignore")
        let child = try watch(stack)
        #expect(try read(stack, "/one") == nil)
        try stack.fixture.scratch.write("new", to: "src/one")
        try stack.fixture.scratch.write("s", to: "src/secret.txt")
        try stack.fixture.scratch.write("t", to: "src/told.txt")
        try stack.eventually("the file") { try read(stack, "/one") == "new" }
        try stack.eventually("the other file") { try read(stack, "/all/told.txt") == "t" }
        #expect(try read(stack, "/all/secret.txt") == nil && read(stack, "/all/one") == nil)
        try end(child)
    }

    @Test(
        "restart restarts, sync+restart copies before that, and nobody else is touched",
        arguments: ["restart", "sync+restart"])
    func restart(action: String) throws {
        let stack = try Self.stack("{path: src, action: \(action), target: /app}")
        let child = try watch(stack)
        _ = try stack.shell("other", "touch /mark")
        try stack.fixture.scratch.write("2", to: "src/one")
        try stack.eventually("the restart") { try starts(stack) == 2 }
        #expect(try read(stack, "/app/one") == (action == "restart" ? nil : "2"))
        #expect(try stack.harness("exec", "other", "test", "-e", "/mark").code == 0)
        try child.waitForOutput("restarted web")
        try end(child)
    }

    @Test("sync+exec runs its command in the container with what it is given, and tells how it ended")
    func exec() throws {
        let stack = try Self.stack(
            "{path: src, action: sync+exec, target: /app, exec: {command: [sh, -c, 'cat one > $$WHERE; id -u >> $$WHERE; test $$(cat one) = 2'], environment: {WHERE: /tmp/seen}, working_dir: /app, user: \"1000\"}}"
        )
        let child = try watch(stack)
        _ = try stack.shell("web", "chmod 777 /tmp")
        try stack.fixture.scratch.write("2", to: "src/one")
        try stack.eventually("the command") { try read(stack, "/tmp/seen")?.hasPrefix("2") ?? false }
        #expect(try read(stack, "/tmp/seen")?.hasSuffix("1000\n") ?? false)
        try child.waitForOutput("has run")
        try stack.fixture.scratch.write("3", to: "src/one")
        try child.waitForOutput("exited with 1")
        #expect(try starts(stack) == 1)
        try end(child)
    }

    @Test("files belong to the user of the container's process")
    func owner() throws {
        let stack = try Self.stack(
            "{path: src, action: sync, target: /tmp/app, initial_sync: true}",
            service: "user: \"1234:77\"\n    entrypoint: [sh, -c, \"sleep 1000\"]")
        let child = try watch(stack)
        #expect(try stack.shell("web", "stat -c %u:%g /tmp/app /tmp/app/one") == "1234:77\n1234:77")
        try end(child)
    }

    @Test("a path of the container's that leads out of it through a link stays inside")
    func links() throws {
        let stack = try Self.stack("{path: src, action: sync, target: /out/in}")
        let outside = try stack.fixture.scratch.makeDirectory("outside")
        try stack.fixture.scratch.write("untouched", to: "outside/one")
        let child = try watch(stack)
        _ = try stack.shell("web", "mkdir -p /out \(outside); ln -s \(outside) /out/in")
        try stack.fixture.scratch.write("2", to: "src/one")
        try stack.eventually("the copy") { try read(stack, "\(outside)/one") == "2" }
        #expect(readText("\(outside)/one") == "untouched")
        unlink("\(stack.folder)/src/one")
        try stack.eventually("the removal") { try read(stack, "\(outside)/one") == nil }
        #expect(readText("\(outside)/one") == "untouched")
        try end(child)
    }

    @Test("on an environment that is up it watches until it is ended, and leaves the environment up")
    func running() throws {
        let stack = try Self.stack("{path: src, action: sync, target: /app}")
        try stack.up()
        let child = try watch(stack)
        try stack.fixture.scratch.write("2", to: "src/one")
        try stack.eventually("the change") { try read(stack, "/app/one") == "2" }
        child.send(SIGINT)
        _ = try child.wait()
        #expect(try stack.state("web") == "running")
        try stack.fixture.scratch.write("3", to: "src/one")
        #expect(try stack.harness("up", "-d").code == 0)
        #expect(try read(stack, "/app/one") == "2")
    }

    @Test(
        "what can't be watched is told before anything starts",
        arguments: [
            ("{path: missing, action: sync, target: /x}", "there is no"),
            ("{path: src, action: sync, target: /x, ignore: [\"[\"]}", "'[' is no pattern"),
            ("{path: src, action: rebuild}", "nothing to rebuild"),
        ])
    func mistakes(rule: String, message: String) throws {
        let stack = try Self.stack(rule)
        let outcome = try stack.harness("up", "--watch")
        #expect(outcome.code == 65 && outcome.error.contains(message), "\(outcome.error)")
        #expect(outcome.error.contains("environment.yaml:"))
        #expect(try stack.harness("ps").code == 69)
    }

    @Test("without anything to watch, or in the background, it is wrong usage")
    func usage() throws {
        let stack = try LocalStack("services: {web: {image: busybox, command: [sleep, \"1000\"]}}")
        let outcome = try stack.harness("up", "--watch")
        #expect(outcome.code == 64 && outcome.error.contains("develop"))
        for flag in ["-d", "--wait", "--dry-run"] { #expect(try stack.harness("up", "--watch", flag).code == 64) }
    }
}
