import Glibc
import OCI
import Testing

/// skopeo and podman as clients of the same registries as harness: what one has put there the other gets, byte for byte.
///
/// Docker's client needs a daemon, and is tried by hand; it asks for the same things as podman.
@Suite("Clients of a registry", .needsRoot(), .needsPrograms("docker-registry", "skopeo", "podman", "openssl"))
struct RegistryClientTests {
    private let scratch: Scratch
    private let home: String
    private let digest: Digest

    init() throws {
        scratch = try Scratch()
        home = try scratch.makeDirectory("home")
        digest = try LayeredImage(sizes: [200_000, 100_000], seed: 3).load(as: "app", into: home, scratch: scratch)
    }

    private static let credentials = "\(Registry.user.name):\(Registry.user.password)"

    /// What skopeo and podman need to reach a registry.
    private func access(_ registry: Registry, _ way: RegistryTests.Way, prefix: String = "") throws -> [String] {
        var options = way.users ? ["--\(prefix)creds", Self.credentials] : []
        if way.tls {
            try scratch.write(readText("\(registry.scratch.path)/ca.pem") ?? "", to: "trust/ca.crt")
            options += ["--\(prefix)cert-dir", "\(scratch.path)/trust"]
        } else {
            options.append("--\(prefix)tls-verify=false")
        }
        return options
    }

    private func harness(
        _ arguments: [String], home: String, _ variables: [String: String]
    ) throws -> ChildProcess.Outcome {
        let outcome = try Harness.run(arguments, home: home, variables: variables)
        #expect(outcome.code == 0, "\(arguments): \(outcome.error)")
        return outcome
    }

    /// The variables for harness, which is logged in.
    private func variables(_ registry: Registry, _ way: RegistryTests.Way) throws -> [String: String] {
        let variables = try registry.variables()
        guard way.users else { return variables }
        try scratch.write(Registry.user.password, to: "password")
        let input = open("\(scratch.path)/password", O_RDONLY)
        defer { close(input) }
        let environment = ["PATH": "/usr/bin:/bin", "HOME": "/root", "HARNESS_HOME": home].merging(variables) { $1 }
        let arguments = ["login", "-u", Registry.user.name, "--password-stdin", registry.host]
        let outcome = try ChildProcess([Harness.binary] + arguments, environment: environment, input: input).wait()
        try #require(outcome.code == 0, "\(outcome.error)")
        return variables
    }

    @Test("skopeo and harness exchange an image with one digest and one manifest", arguments: RegistryTests.ways)
    func skopeo(way: RegistryTests.Way) throws {
        let registry = try Registry(way.kind, tls: way.tls, users: way.users)
        let variables = try variables(registry, way)
        _ = try harness(["image", "push", "app", "\(registry.host)/app:1"], home: home, variables)
        let source = try access(registry, way, prefix: "src-")
        // The manifest as it was pushed, beside all blobs.
        let folder = "\(scratch.path)/copy"
        let down = try CommandLineTests.skopeo(
            ["copy", "--preserve-digests"] + source + ["docker://\(registry.host)/app:1", "dir:\(folder)"])
        try #require(down.code == 0, "\(down.error)")
        let manifest = try #require(readFile("\(folder)/manifest.json"))
        #expect(manifest == readFile("\(home)/images/blobs/sha256/\(digest.hex)"))
        #expect(Digest(of: manifest) == digest)
        let destination = try access(registry, way, prefix: "dest-")
        let up = try CommandLineTests.skopeo(
            ["copy", "--preserve-digests"] + destination + ["dir:\(folder)", "docker://\(registry.host)/team/back:2"])
        try #require(up.code == 0, "\(up.error)")
        let other = try scratch.makeDirectory("other")
        let pulled = try harness(["image", "pull", "-q", "\(registry.host)/team/back:2"], home: other, variables)
        #expect(pulled.output == "\(digest)\n")
        #expect(readFile("\(other)/images/blobs/sha256/\(digest.hex)") == manifest)
    }

    @Test("skopeo lists and deletes what is in a registry of ours")
    func listsAndDeletes() throws {
        let registry = try Registry(.ours)
        let way = RegistryTests.Way(kind: .ours, tls: false, users: false)
        for tag in ["1", "2"] {
            _ = try harness(["image", "push", "app", "\(registry.host)/app:\(tag)"], home: home, [:])
        }
        let options = try access(registry, way)
        let listed = try CommandLineTests.skopeo(["list-tags"] + options + ["docker://\(registry.host)/app"])
        #expect(listed.output.contains("\"1\"") && listed.output.contains("\"2\""), "\(listed.error)")
        let deleted = try CommandLineTests.skopeo(["delete"] + options + ["docker://\(registry.host)/app:1"])
        #expect(deleted.code == 0, "\(deleted.error)")
        #expect(try Harness.run(["image", "pull", "\(registry.host)/app:1"], home: home).code == 69)
    }

    @Test("podman and harness exchange an image", arguments: RegistryTests.ways.filter { $0.kind == .ours })
    func podman(way: RegistryTests.Way) throws {
        let registry = try Registry(way.kind, tls: way.tls, users: way.users)
        let variables = try variables(registry, way)
        _ = try harness(["image", "push", "app", "\(registry.host)/app:1"], home: home, variables)
        let options = try access(registry, way)
        let pulled = try CommandLineTests.podman(["pull"] + options + ["\(registry.host)/app:1"], in: scratch)
        try #require(pulled.code == 0, "\(pulled.error)")
        let inspected = try CommandLineTests.podman(
            ["image", "inspect", "--format", "{{.Digest}}", "\(registry.host)/app:1"], in: scratch)
        #expect(inspected.output == "\(digest)\n", "\(inspected.error)")
        // It compresses the layers: another image, whose digest it tells.
        let file = "\(scratch.path)/digest"
        let pushed = try CommandLineTests.podman(
            ["push"] + options + ["--digestfile", file, "\(registry.host)/app:1", "\(registry.host)/podman/app:2"],
            in: scratch)
        try #require(pushed.code == 0, "\(pushed.error)")
        let other = try scratch.makeDirectory("other")
        let back = try harness(["image", "pull", "-q", "\(registry.host)/podman/app:2"], home: other, variables)
        #expect(back.output == "\(try #require(readText(file)))\n")
        #expect(try harness(["image", "verify"], home: other, variables).code == 0)
    }
}
