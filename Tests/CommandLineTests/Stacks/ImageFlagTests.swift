import Testing

@Suite("up and down with images", .needsRoot())
struct ImageFlagTests {
    private static func text(_ image: String, more: String = "") -> String {
        "services: {web: {image: '\(image)', command: [sleep, \"1000\"]\(more)}}"
    }

    /// A name of the busybox image that only this test has.
    private func name(_ stack: LocalStack) throws -> String {
        let name = "\(stack.name):own"
        try #require(try stack.harness("image", "tag", "busybox", name).code == 0)
        return name
    }

    private func isStored(_ stack: LocalStack, _ name: String) throws -> Bool {
        try stack.harness("image", "inspect", name).code == 0
    }

    @Test("--pull always asks for a newer image than the store's; missing and never take that of the store")
    func pull() throws {
        // Nobody serves it: whoever asks is refused.
        let name = "127.0.0.1:1/busybox"
        let stack = try LocalStack(Self.text("busybox"))
        #expect(try stack.harness("image", "tag", "busybox", name).code == 0)
        try stack.rewrite(Self.text(name, more: ", pull_policy: always"))
        #expect(try stack.harness("up", "-d", "--pull", "missing").code == 0)
        #expect(try stack.harness("up", "-d", "--pull", "never").code == 0)
        #expect(try stack.harness("down", "-t", "0").code == 0)
        try stack.rewrite(Self.text(name))
        #expect(try stack.harness("up", "-d").code == 0)
        #expect(try stack.harness("down", "-t", "0").code == 0)
        let refused = try stack.harness("up", "-d", "--pull", "always")
        #expect(refused.code == 69 && refused.error.contains("can't be pulled"))
        #expect(try stack.harness("up", "-d", "--pull", "sometimes").code == 64)
    }

    @Test("--build says of a Dockerfile that it can't, before anything starts")
    func build() throws {
        let stack = try LocalStack(
            "services: {web: {image: busybox, build: ., command: [sleep, \"1000\"]}, other: {image: busybox, command: [sleep, \"1000\"]}}"
        )
        let outcome = try stack.harness("up", "-d", "--build")
        #expect(outcome.code == 69 && outcome.error.contains("Dockerfile"))
        #expect(try stack.harness("ps").code == 69)
        #expect(try stack.harness("up", "-d", "--build", "other").code == 0, "it has nothing to build")
    }

    @Test("--rmi all removes the names that the file has, local keeps them", arguments: [true, false])
    func removal(isUp: Bool) throws {
        let stack = try LocalStack(Self.text("busybox"))
        let name = try name(stack)
        try stack.rewrite(Self.text(name))
        if isUp { try stack.up() }
        #expect(try stack.harness("down", "-t", "0", "--rmi", "local").code == 0)
        #expect(try isStored(stack, name))
        if isUp { try stack.up() }
        let outcome = try stack.harness("down", "-t", "0", "--rmi", "all")
        #expect(outcome.code == 0 && outcome.error.contains("removed"), "\(outcome.error)")
        #expect(try !isStored(stack, name))
        #expect(try isStored(stack, "busybox"), "another name of the same image stays")
        #expect(try stack.harness("down", "--rmi", "some").code == 64)
    }

    @Test("an image that another environment uses stays, with a word")
    func inUse() throws {
        let (one, other) = (try LocalStack(Self.text("busybox")), try LocalStack(Self.text("busybox")))
        let name = "\(one.name):own"
        // Under a digest of its own, so that the last name of an image is to go.
        let script =
            "\(repository)/Environments/busybox/rootfs | \(Harness.binary) image import - -t \(name) --change 'LABEL own=\(name)'"
        let imported = try ChildProcess(
            ["/bin/sh", "-c", script],
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HARNESS_HOME": one.fixture.home]
        ).wait()
        try #require(imported.code == 0, "\(imported.error)")
        for stack in [one, other] {
            try stack.rewrite(Self.text(name))
            try stack.up()
        }
        let outcome = try one.harness("down", "-t", "0", "--rmi", "all")
        #expect(outcome.code == 0 && outcome.error.contains("warning: remove the image"), "\(outcome.error)")
        #expect(try isStored(one, name))
        #expect(try other.harness("down", "-t", "0", "--rmi", "all").code == 0)
        #expect(try !isStored(one, name))
    }
}
