import Glibc
import Testing

/// `harness image bootstrap` with the real mmdebstrap and the host's package sources: it needs their mirror.
@Suite("Images of a distribution", .needsRoot(), .needsPrograms("mmdebstrap"), .serialized)
struct BootstrapTests {
    private static let arguments = ["image", "bootstrap", suite, "--include", "hostname", "-t"]

    /// The host's release, of which the sources certainly are.
    private static let suite: String = {
        let lines = (readText("/etc/os-release") ?? "").split(separator: "\n")
        return lines.first { $0.hasPrefix("VERSION_CODENAME=") }.map { String($0.dropFirst("VERSION_CODENAME=".count)) }
            ?? ""
    }()

    private func expectNothing(in home: String, _ location: SourceLocation = #_sourceLocation) throws {
        #expect(entries("\(home)/staging").isEmpty, sourceLocation: location)
        let listed = try Harness.run(["image", "ls", "-q"], home: home)
        #expect(listed.output.isEmpty, sourceLocation: location)
    }

    @Test(
        "boot what they are made of, and are made once", .needsUsers(), .timeLimit(.minutes(30)),
        arguments: [Caller.root, .user])
    func whole(caller: Caller) throws {
        let scratch = try Scratch(for: caller)
        let home = try scratch.makeDirectory("home")
        let made = try Harness.run(Self.arguments + ["base"], home: home, timeout: .seconds(900), caller: caller)
        try #require(made.code == 0, "\(made.error)")
        #expect(made.output.hasPrefix("sha256:"))
        #expect(made.error.contains("configuring hostname"))
        // A line for each step.
        let steps = made.error.split(separator: "\n")
        #expect(Set(steps).count == steps.count)
        let tried = try Harness.run(
            ["try", "base", "sh", "-c", "command -v hostname; command -v apt-get; cat /etc/debian_version"], home: home,
            caller: caller)
        #expect(tried.output.contains("hostname\n") && tried.output.contains("apt-get\n"), "\(tried.error)")
        // Without the network; under a further name.
        let again = try Harness.run(
            Self.arguments + ["team/other:1"], home: home,
            variables: ["http_proxy": "http://127.0.0.1:1"], caller: caller)
        #expect(again.code == 0, "\(again.error)")
        #expect(again.output == made.output)
        let inspected = try Harness.run(["image", "inspect", "team/other:1"], home: home, caller: caller)
        #expect(inspected.output.contains(made.output.dropLast()), "\(inspected.error)")
        #expect(try Harness.run(["image", "verify"], home: home, caller: caller).code == 0)
    }

    @Test("that can't be made are told with the way on, and leave nothing", .timeLimit(.minutes(20)))
    func mistakes() throws {
        let scratch = try Scratch()
        let home = try scratch.makeDirectory("home")
        let unknownSuite = try Harness.run(
            ["image", "bootstrap", "nosuchsuite", "-t", "x"], home: home, timeout: .seconds(300))
        #expect(unknownSuite.code == 69)
        #expect(unknownSuite.error.contains("has no release 'nosuchsuite'"), "\(unknownSuite.error)")
        let unknownPackage = try Harness.run(
            ["image", "bootstrap", Self.suite, "--include", "nosuchpackage", "-t", "x"], home: home,
            timeout: .seconds(900))
        #expect(unknownPackage.code == 69)
        #expect(unknownPackage.error.contains("no package 'nosuchpackage'"), "\(unknownPackage.error)")
        let nowhere = ["http_proxy": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1"]
        let noNetwork = try Harness.run(Self.arguments + ["x"], home: home, variables: nowhere, timeout: .seconds(300))
        #expect(noNetwork.code == 69)
        #expect(noNetwork.error.contains("can't be fetched"), "\(noNetwork.error)")
        #expect(noNetwork.error.contains("'apt-get update' must work"))
        try expectNothing(in: home)
    }

    @Test("need a name")
    func usage() throws {
        let scratch = try Scratch()
        #expect(try Harness.run(["image", "bootstrap", Self.suite], home: scratch.path).code == 64)
    }
}
