import Glibc
import Testing

/// Push and pull through registries in other processes: ours, and Debian's docker-registry.
@Suite("Images through a registry", .needsRoot(), .needsPrograms("docker-registry", "skopeo", "openssl"))
struct RegistryTests {
    private let scratch: Scratch
    private let home: String

    init() throws {
        scratch = try Scratch()
        home = try scratch.makeDirectory("home")
        try scratch.write("of the base\n", to: "base/etc/base")
        let archive = try RootFileSystem.pack("\(scratch.path)/base", to: "\(scratch.path)/base.tar")
        let imported = try Harness.run(["image", "import", archive, "-t", "app"], home: home)
        try #require(imported.code == 0, "\(imported.error)")
    }

    private func harness(
        _ arguments: [String], home: String? = nil, _ variables: [String: String] = [:]
    ) throws -> ChildProcess.Outcome {
        try Harness.run(arguments, home: home ?? self.home, variables: variables)
    }

    private func otherHome() throws -> String { try scratch.makeDirectory("home\(UInt32.random(in: 0...UInt32.max))") }

    struct Way: Sendable, CustomTestStringConvertible {
        var kind: Registry.Kind
        var tls: Bool
        var users: Bool
        var testDescription: String { "\(kind)\(tls ? " with TLS" : "")\(users ? " with users" : "")" }
    }

    static let ways = Registry.Kind.allCases.flatMap { kind in
        [(false, false), (true, false), (false, true), (true, true)].map { Way(kind: kind, tls: $0.0, users: $0.1) }
    }

    @Test("what is pushed is pulled again byte for byte", arguments: ways)
    func roundTrip(way: Way) throws {
        let registry = try Registry(way.kind, tls: way.tls, users: way.users)
        let variables = try registry.variables()
        if way.users {
            let refused = try harness(["image", "push", "app", "\(registry.host)/team/app:1"], variables)
            #expect(refused.code == 69)
            #expect(refused.error.contains("harness login \(registry.host)"))
            try login(registry, variables)
        }
        let pushed = try harness(["image", "push", "app", "\(registry.host)/team/app:1"], variables)
        try #require(pushed.code == 0, "\(pushed.error)")
        let other = try otherHome()
        let pulled = try harness(["image", "pull", "-q", "\(registry.host)/team/app:1"], home: other, variables)
        try #require(pulled.code == 0, "\(pulled.error)")
        #expect(pulled.output == pushed.output)
        let digest = String(pulled.output.dropLast())
        let byDigest = try harness(
            ["image", "pull", "-q", "\(registry.host)/team/app@\(digest)"], home: try otherHome(), variables)
        #expect(byDigest.output == pushed.output, "\(byDigest.error)")
    }

    private func login(_ registry: Registry, _ variables: [String: String]) throws {
        try scratch.write(Registry.user.password + "\n", to: "password")
        let input = open("\(scratch.path)/password", O_RDONLY)
        defer { close(input) }
        let environment = ["PATH": "/usr/bin:/bin", "HOME": "/root", "HARNESS_HOME": home].merging(variables) { $1 }
        let arguments = ["login", "--username", Registry.user.name, "--password-stdin", registry.host]
        let outcome = try ChildProcess([Harness.binary] + arguments, environment: environment, input: input).wait()
        try #require(outcome.code == 0, "\(outcome.error)")
    }

    @Test("a wrong password is not kept", arguments: Registry.Kind.allCases)
    func wrongPassword(kind: Registry.Kind) throws {
        let registry = try Registry(kind, users: true)
        let variables = try registry.variables()
        try scratch.write("wrong\n", to: "password")
        let input = open("\(scratch.path)/password", O_RDONLY)
        defer { close(input) }
        let environment = ["PATH": "/usr/bin:/bin", "HOME": "/root", "HARNESS_HOME": home].merging(variables) { $1 }
        let outcome = try ChildProcess(
            [Harness.binary, "login", "-u", "me", "--password-stdin", registry.host], environment: environment,
            input: input
        ).wait()
        #expect(outcome.code == 69)
        #expect(readFile("\(registry.scratch.path)/docker/config.json") == nil)
        #expect(!outcome.error.contains("wrong\n"))
    }

    @Test("a certificate that nobody has signed is refused, and accepted where the user says so")
    func untrusted() throws {
        let registry = try Registry(.ours, tls: true)
        let variables = try registry.variables(trusting: false)
        let refused = try harness(["image", "push", "app", "\(registry.host)/app"], variables)
        #expect(refused.code == 69)
        #expect(refused.error.contains("certs.d/\(registry.host)/ca.crt"))
        let accepted = try harness(["image", "push", "--insecure", "app", "\(registry.host)/app"], variables)
        #expect(accepted.code == 0, "\(accepted.error)")
    }

    @Test(
        "of a second push nothing is sent; in another repository everything is mounted",
        arguments: Registry.Kind.allCases)
    func onlyDifferences(kind: Registry.Kind) throws {
        let registry = try Registry(kind)
        let first = "\(registry.host)/team/app:1"
        #expect(try harness(["image", "tag", "app", first]).code == 0)
        #expect(try harness(["image", "push", first]).error.contains("sent 2 blobs"))
        let uploads = try registry.requests("PUT", containing: "/blobs/uploads/")
        #expect(uploads == 2)
        #expect(try harness(["image", "push", first]).error.contains("sent 0 blobs"))
        let other = try harness(["image", "push", "app", "\(registry.host)/other/app:1"])
        #expect(
            other.error.contains("sent 0 blobs (0 B), 0 were there, 2 taken from other repositories"), "\(other.error)")
        #expect(try registry.requests("PUT", containing: "/blobs/uploads/") == uploads)
    }

    @Test("of a changed top layer only that one travels, in both directions", arguments: Registry.Kind.allCases)
    func changedTop(kind: Registry.Kind) throws {
        let registry = try Registry(kind)
        let first = LayeredImage(sizes: [300_000, 200_000, 1000], seed: 1)
        try first.load(as: "layered:1", into: home, scratch: scratch)
        try first.changingTop(to: "changed\n").load(as: "layered:2", into: home, scratch: scratch)
        let name = "\(registry.host)/team/layered"
        let other = try otherHome()
        #expect(try harness(["image", "push", "layered:1", "\(name):1"]).error.contains("sent 4 blobs"))
        #expect(try harness(["image", "pull", "\(name):1"], home: other).code == 0)
        let (puts, gets) = (
            try registry.requests("PUT", containing: "/blobs/uploads/"),
            try registry.requests("GET", containing: "/blobs/sha256:")
        )
        #expect(puts == 4 && gets == 4)
        // The layer, and the configuration that names it.
        let pushed = try harness(["image", "push", "layered:2", "\(name):2"])
        #expect(pushed.error.contains("sent 2 blobs"), "\(pushed.error)")
        #expect(try registry.requests("PUT", containing: "/blobs/uploads/") == puts + 2)
        #expect(try harness(["image", "pull", "\(name):2"], home: other).code == 0)
        #expect(try registry.requests("GET", containing: "/blobs/sha256:") == gets + 2)
    }

    @Test("eight pulls at once fetch each blob once", arguments: Registry.Kind.allCases)
    func once(kind: Registry.Kind) throws {
        let registry = try Registry(kind)
        let image = LayeredImage(sizes: [300_000, 200_000, 100_000], seed: 2)
        try image.load(as: "layered", into: home, scratch: scratch)
        let pushed = try harness(["image", "push", "-q", "layered", "\(registry.host)/app:1"])
        try #require(pushed.code == 0, "\(pushed.error)")
        let other = try otherHome()
        let pulls = try (0..<8).map { _ in
            try Harness.start(["image", "pull", "-q", "\(registry.host)/app:1"], home: other)
        }
        for pull in pulls {
            let outcome = try pull.wait()
            #expect(outcome.code == 0, "\(outcome.error)")
            #expect(outcome.output == pushed.output)
        }
        #expect(try registry.requests("GET", containing: "/blobs/sha256:") == 4)
    }

    @Test("an image that is not there, and one for another machine, are named with the way on")
    func missing() throws {
        let registry = try Registry(.ours)
        let absent = try harness(["image", "pull", "\(registry.host)/absent:1"])
        #expect(absent.code == 69)
        #expect(absent.error.contains("absent"))
        let nobody = try harness(["image", "pull", "127.0.0.1:1/x"])
        #expect(nobody.code == 69)
        #expect(nobody.error.contains("connection refused"))
        #expect(try harness(["image", "pull", "Upper"]).code == 64)
    }

    @Test("the names in a registry are found by a part of them")
    func search() throws {
        let registry = try Registry(.ours)
        #expect(try harness(["image", "push", "app", "\(registry.host)/team/app:1"]).code == 0)
        let found = try harness(["image", "search", "APP", "--registry", registry.host, "--tags"])
        #expect(found.output == "\(registry.host)/team/app:1\n")
        #expect(try harness(["image", "search", "other", "--registry", registry.host]).code == 69)
    }

    @Test("a mirror of the settings is asked instead of the registry")
    func mirror() throws {
        let registry = try Registry(.ours)
        #expect(try harness(["image", "push", "app", "\(registry.host)/hub/team/app:1"]).code == 0)
        try scratch.write(
            "registries: {nowhere.invalid: {mirrors: ['http://\(registry.host)/hub']}}\n", to: "registries.yaml")
        let variables = ["HARNESS_REGISTRIES": "\(scratch.path)/registries.yaml"]
        let pulled = try harness(["image", "pull", "nowhere.invalid/team/app:1"], home: try otherHome(), variables)
        #expect(pulled.code == 0, "\(pulled.error)")
    }
}
