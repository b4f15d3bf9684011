import Glibc
import Testing

@Suite("volume", .needsRoot(), .serialized)
struct VolumeCommandTests {
    private static let text = """
        services: {db: {image: busybox, command: [sleep, "1000"], volumes: ["data:/data"]}}
        volumes: {data: {}}
        """

    private func names(_ stack: LocalStack, _ arguments: String...) throws -> [String] {
        let outcome = try Harness.run(["volume", "ls", "-q"] + arguments, home: stack.fixture.home)
        return outcome.output.split(separator: "\n").map(String.init).filter { $0.hasPrefix(stack.name + "_data") }
    }

    @Test("lists and describes what is there, and who has it; what is in use is not removed")
    func life() throws {
        let stack = try LocalStack(Self.text)
        try stack.up()
        _ = try stack.shell("db", "head -c 100000 /dev/zero >/data/x")
        let name = try #require(try names(stack).first)
        #expect(try names(stack, "--unused") == [])
        let listed = try stack.harness("volume", "ls", "--format", "json").output.split(separator: "\n")
        let line = try #require(listed.first { $0.contains("\"\(name)\"") })
        #expect(line.contains("\"isInUse\":true") && line.contains("/volumes/\(name)\""))
        #expect(try stack.harness("volume", "ls").output.contains(name))
        let refused = try stack.harness("volume", "rm", name, "no-such-volume")
        #expect(refused.code == 69 && refused.error.contains("'\(name)'") && refused.error.contains("no-such-volume"))
        #expect(try stack.shell("db", "wc -c </data/x") == "100000")

        #expect(try stack.harness("down", "-t", "0").code == 0)
        #expect(try names(stack, "--unused") == [name])
        let described = try stack.harness("volume", "inspect", name).output
        #expect(described.contains("\"isInUse\": false") || described.contains("\"isInUse\" : false"), "\(described)")
        let bytes = described.split(separator: "\n").first { $0.contains("\"bytes\"") }.flatMap { line in
            Int(line.filter(\.isNumber))
        }
        #expect((100_000...200_000).contains(bytes ?? 0), "\(described)")
        #expect(try stack.harness("volume", "rm", name).output == "\(name)\n")
        #expect(try names(stack) == [])
        #expect(try stack.harness("volume", "inspect", name).code == 69)
    }

    @Test("prune says what would go, and removes with --force what no running container has")
    func prune() throws {
        // A store of its own: other tests have volumes in the common one.
        let scratch = try Scratch()
        let home = "\(scratch.path)/home"
        try scratch.write("x", to: "home/volumes/a/deep/x")
        try scratch.write("y", to: "home/volumes/b/y")
        let said = try Harness.run(["volume", "prune"], home: home)
        #expect(said.output.hasPrefix("would remove a\nwould remove b\nwould free "), "\(said.error)")
        #expect(try Harness.run(["volume", "ls", "-q"], home: home).output == "a\nb\n")
        let done = try Harness.run(["volume", "prune", "--force"], home: home)
        #expect(done.code == 0 && done.output.hasPrefix("removed a\nremoved b\nfreed "))
        #expect(entries("\(home)/volumes").isEmpty)
        #expect(try Harness.run(["volume", "ls", "-q"], home: "\(scratch.path)/none").output == "")
    }
}
