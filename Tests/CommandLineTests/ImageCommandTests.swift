import Glibc
import Testing

@Suite("Image commands on a store of two images", .needsRoot())
struct ImageCommandTests {
    private let scratch: Scratch
    private let home: String

    init() throws {
        scratch = try Scratch()
        home = try scratch.makeDirectory("home")
        let make = """
            cd \(scratch.path) && mkdir a b && echo one > a/changed && echo one > a/gone && echo one > b/new
            echo two > b/changed && tar -cf a.tar -C a . && tar -cf b.tar -C b .
            """
        let made = try ChildProcess(["/bin/sh", "-c", make], environment: ["PATH": "/usr/bin:/bin"]).wait()
        try #require(made.code == 0, "\(made.error)")
        for name in ["a", "b"] {
            let outcome = try Harness.run(["image", "import", "\(scratch.path)/\(name).tar", "-t", name], home: home)
            try #require(outcome.code == 0, "\(outcome.error)")
        }
    }

    private func image(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Harness.run(["image"] + arguments, home: home)
    }

    @Test("diff lists what was changed, deleted and added")
    func diff() throws {
        let outcome = try image("diff", "a", "b")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output == "C /changed\nD /gone\nA /new\n")
        #expect(
            try image("diff", "a", "b", "--format", "json").output.hasPrefix(
                #"{"kind":"changed","path":"/changed"}"# + "\n"))
        #expect(try image("diff", "a", "a").output == "")
    }

    @Test("history has a line for the import, with its layer's size")
    func history() throws {
        let outcome = try image("history", "a")
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.contains("imported"))
        #expect(try image("history", "a", "--format", "json").output.contains(#""diffID":"sha256:"#))
        #expect(try image("history", "a", "--platform", "nowhere/").code == 64)
    }

    @Test("verify ends with 65 where something is damaged, and names it")
    func verify() throws {
        let whole = try image("verify")
        #expect(whole.code == 0)
        #expect(whole.error.contains("verified 2 names, 6 blobs, 2 unpacked layers: all well"))
        let damage = "for layer in \(home)/layers/*; do echo damage > $layer/changed; done"
        _ = try ChildProcess(["/bin/sh", "-c", damage], environment: ["PATH": "/usr/bin:/bin"]).wait()
        let damaged = try image("verify")
        #expect(damaged.code == 65)
        #expect(damaged.output.contains("docker.io/library/a:latest: the unpacked layer"))
        #expect(try image("verify", "--quick").code == 0)
    }

    @Test("df counts, in words and in JSON")
    func usage() throws {
        #expect(try image("df").output.contains("unpacked layers"))
        let json = try image("df", "--format", "json").output
        #expect(json.contains(/"layers"\s*:\s*\{\s*"bytes"\s*:\s*\d+,\s*"count"\s*:\s*2/))
    }

    @Test("prune takes nothing with a name unless it is asked to, and reads sizes and ages")
    func prune() throws {
        #expect(try image("prune").output.hasPrefix("freed "))
        #expect(try image("prune", "--older-than", "1d", "--max-size", "1GB").code == 0)
        #expect(try image("ls", "-q").output.split(separator: "\n").count == 2)
        #expect(try image("prune", "--max-size", "1B").output.contains("deleted a:latest"))
        #expect(try image("ls", "-q").output.isEmpty)
        #expect(try image("prune", "--older-than", "soon").code == 64)
        #expect(try image("prune", "--max-size", "much").code == 64)
        // Whoever comes from Docker means those that are old.
        #expect(try image("prune", "--all", "--older-than", "30d").code == 64)
    }

    @Test(
        "a saved archive is loaded into another store, from a file and from a pipe",
        arguments: ["oci-archive", "docker-archive"])
    func saveAndLoad(format: String) throws {
        let other = try scratch.makeDirectory("other")
        let path = "\(scratch.path)/saved.tar"
        #expect(try image("save", "a", "b", "--format", format, "-o", path).code == 0)
        let loaded = try Harness.run(["image", "load", "-i", path], home: other)
        #expect(loaded.code == 0, "\(loaded.error)")
        #expect(loaded.output.split(separator: "\n").map { $0.split(separator: " ").last } == ["a:latest", "b:latest"])
        let pipe =
            "\(Harness.binary) image save a --format \(format) | "
            + "HARNESS_HOME=\(other) \(Harness.binary) image load -t piped"
        let piped = try ChildProcess(
            ["/bin/sh", "-c", pipe], environment: ["PATH": "/usr/bin:/bin", "HARNESS_HOME": home]
        ).wait()
        #expect(piped.code == 0, "\(piped.error)")
        #expect(try Harness.run(["image", "verify"], home: other).code == 0)
    }

    @Test("a save of what is not there, or a load of what is none, leaves nothing")
    func badExchange() throws {
        let path = "\(scratch.path)/saved.tar"
        #expect(try image("save", "absent", "-o", path).code == 69)
        #expect(access(path, F_OK) != 0)
        let loaded = try image("load", "\(scratch.path)/a.tar")
        #expect(loaded.code == 65)
        #expect(loaded.error.contains("image import"))
        #expect(try image("load", "\(scratch.path)/absent.tar").code == 125)
    }

    @Test(
        "bootstrap refuses a suite, a package and a name that are none",
        arguments: [
            ["image", "bootstrap", "../x", "-t", "a"],
            ["image", "bootstrap", "bookworm", "--include", "-o", "-t", "a"],
            ["image", "bootstrap", "bookworm", "-t", "A"],
        ])
    func badBootstrap(arguments: [String]) throws {
        #expect(try Harness.run(arguments, home: home).code == 64)
    }
}
