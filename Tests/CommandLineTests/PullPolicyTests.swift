import Glibc
import Testing

/// Environments whose images are in a registry on the loopback.
@Suite("Images that run and up fetch", .needsRoot())
struct PullPolicyTests {
    private let scratch: Scratch
    private let registry: Registry
    private let image: String

    init() throws {
        scratch = try Scratch()
        registry = try Registry(.ours)
        image = "\(registry.host)/team/app:1"
        let pushed = try Harness.run(
            ["image", "push", "busybox", image], home: try Store.withBusybox(), variables: try registry.variables())
        try #require(pushed.code == 0, "\(pushed.error)")
    }

    private func harness(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Harness.run(arguments, home: "\(scratch.path)/home", variables: try registry.variables())
    }

    /// A folder with an environment of one service.
    private func environment(_ attributes: String) throws -> String {
        try scratch.makeDirectory("home")
        try scratch.write(
            """
            name: pulled\(getpid())
            services: {s: {image: '\(image)', command: [sleep, '1000']\(attributes)}}
            test: {on: s, command: 'true'}
            """, to: "environment/environment.yaml")
        return "\(scratch.path)/environment"
    }

    private func manifestRequests() throws -> Int { try registry.requests("GET", containing: "/manifests/") }

    @Test("run fetches an image that the store lacks, once")
    func missing() throws {
        let folder = try environment("")
        let first = try harness("run", folder)
        try #require(first.code == 0, "\(first.error)")
        #expect(try harness("image", "ls").output.contains("team/app"))
        let asked = try manifestRequests()
        #expect(asked > 0)
        let second = try harness("run", folder)
        #expect(second.code == 0, "\(second.error)")
        #expect(try manifestRequests() == asked)
    }

    @Test("the policy 'always' asks the registry before every run")
    func always() throws {
        let folder = try environment(", pull_policy: always")
        let first = try harness("run", folder)
        try #require(first.code == 0, "\(first.error)")
        let asked = try manifestRequests()
        let second = try harness("run", folder)
        #expect(second.code == 0, "\(second.error)")
        #expect(try manifestRequests() > asked)
    }

    @Test("the policy 'never' and --offline ask no registry", arguments: [true, false])
    func never(isOffline: Bool) throws {
        let folder = try environment(isOffline ? "" : ", pull_policy: never")
        let outcome = try isOffline ? harness("run", "--offline", folder) : harness("run", folder)
        #expect(outcome.code == 69, "\(outcome.error)")
        #expect(outcome.error.contains("team/app:1"))
        #expect(try manifestRequests() == 0)
    }

    @Test("an image that the registry lacks ends the run with 69 and leaves nothing")
    func unknown() throws {
        let folder = try environment("")
        try scratch.write(
            "services: {s: {image: '\(registry.host)/team/none:1'}}\ntest: {on: s, command: 'true'}\n",
            to: "environment/environment.yaml")
        let outcome = try harness("run", folder)
        #expect(outcome.code == 69, "\(outcome.error)")
        #expect(outcome.error.contains("team/none:1"))
        #expect(try !harness("image", "ls").output.contains("none"))
    }

    @Test("up fetches an image that the store lacks")
    func up() throws {
        let folder = try environment("")
        let outcome = try harness("up", "-d", folder)
        let listed = try harness("ps", "-f", "\(folder)/environment.yaml")
        let down = try harness("down", "-t", "0", folder)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(listed.output.contains("running"), "\(listed.output)\(listed.error)")
        #expect(down.code == 0, "\(down.error)")
    }
}
