import Glibc
import Testing

@Suite("Image commands", .needsRoot())
struct ImageStoreTests {
    private let scratch: Scratch
    private let home: String

    init() throws {
        scratch = try Scratch(for: .root)
        home = try scratch.makeDirectory("home")
        try Caller.standard.own(home)
        let archive = try RootFileSystem(in: scratch).archive()
        let outcome = try Harness.run(["image", "import", archive, "-t", "first:1"], home: home)
        try #require(outcome.code == 0, "\(outcome.error)")
    }

    @Test("an imported image is listed, under its name")
    func list() throws {
        let outcome = try image("ls")
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("first"))
    }

    @Test("inspect is JSON with the digest")
    func inspect() throws {
        let outcome = try image("inspect", "first:1")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.contains(/"digest"\s*:\s*"sha256:[0-9a-f]{64}"/))
    }

    @Test("the same archive gives the same image, however it is compressed", arguments: ["gzip", "zstd"])
    func compressed(program: String) throws {
        let archive = "\(scratch.path)/rootfs.tar"
        let packed = "\(archive).\(program == "gzip" ? "gz" : "zst")"
        let command = "if command -v \(program) >/dev/null; then \(program) -c <\(archive) >\(packed); else exit 77; fi"
        let made = try ChildProcess(["/bin/sh", "-c", command], environment: ["PATH": "/usr/bin:/bin"]).wait()
        if made.code == 77 && variable("HARNESS_TEST_REQUIRE") != "all" { return }
        try #require(made.code == 0)
        let outcome = try image("import", packed, "-t", "packed")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(try layers(of: "packed") == layers(of: "first:1"))
    }

    @Test("a second name is a second name of one image, and each can be removed alone")
    func tagAndRemove() throws {
        #expect(try image("tag", "first:1", "second:2").code == 0)
        #expect(try layers(of: "second:2") == layers(of: "first:1"))
        #expect(try image("rm", "first:1").code == 0)
        #expect(try image("inspect", "first:1").code != 0)
        #expect(try image("inspect", "second:2").code == 0)
        let fixture = try Fixture("services: {s: {image: 'second:2', command: [sleep, '1000']}}", home: home)
        #expect(try fixture.run(["true"]).code == 0)
    }

    @Test("what is not there is named", arguments: ["inspect", "rm", "tag"])
    func missing(command: String) throws {
        let outcome = try image([command, "absent"] + (command == "tag" ? ["other"] : []))
        #expect([65, 69].contains(outcome.code))
        #expect(outcome.error.contains("absent"))
    }

    @Test("an import that is killed leaves the old state or the new one")
    func killedImport() throws {
        for moment in 1...12 {
            let importing = try Harness.start(
                ["image", "import", "\(scratch.path)/rootfs.tar", "-t", "killed"], home: home)
            try importing.pause(for: .milliseconds(moment * 2))
            importing.send(SIGKILL)
            _ = try importing.wait()
            let seen = try image("inspect", "killed")
            if seen.code == 0 {
                let fixture = try Fixture("services: {s: {image: killed, command: [sleep, '1000']}}", home: home)
                #expect(try fixture.run(["true"]).code == 0)
            }
        }
        #expect(try image("import", "\(scratch.path)/rootfs.tar", "-t", "killed").code == 0)
        #expect(try Harness.run(["gc"], home: home).code == 0)
        #expect(try image("inspect", "killed").code == 0)
    }

    private func image(_ arguments: String...) throws -> ChildProcess.Outcome { try image(arguments) }

    private func image(_ arguments: [String]) throws -> ChildProcess.Outcome {
        try Harness.run(["image"] + arguments, home: home)
    }

    /// The digests of its layers before compression.
    private func layers(of name: String) throws -> [String] {
        let outcome = try image("inspect", name)
        return outcome.output.matches(of: /"diffID"\s*:\s*"([^"]+)"/).map { String($0.output.1) }
    }
}
