import Glibc
import Testing

@Suite("Runs without a registry, and runs of locked images", .needsRoot())
struct LockedRunTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A folder with an environment file of one service and a test in a container.
    private func folder(_ text: String) throws -> String {
        try scratch.write(text, to: "environment/environment.yaml")
        return "\(scratch.path)/environment"
    }

    static let busybox = """
        services: {s: {image: busybox, command: [sleep, '1000']}}
        test: {on: {image: busybox}, command: 'true'}
        """

    @Test("--offline says at once everything that is missing, and starts nothing")
    func missing() throws {
        let folder = try folder(
            """
            services:
              a: {image: "absent:1"}
              b: {image: busybox, command: [sleep, '1000']}
              c: {image: "absent:2", pull_policy: always}
            test: {on: {image: "absent:3"}, command: 'true'}
            """)
        let outcome = try Harness.run(["run", "--offline", folder], home: try Store.withBusybox())
        #expect(outcome.code == 69)
        #expect(
            outcome.error.contains(
                "--offline: the store lacks\n  absent:1 ('a')\n  absent:2 ('c')\n  absent:3 (the test)"))
    }

    @Test(
        "--offline takes the store's image also where its policy is to pull", arguments: ["always", "daily", "never"])
    func offlinePolicy(policy: String) throws {
        let folder = try folder(
            "services: {s: {image: busybox, command: [sleep, '1000'], pull_policy: \(policy)}}\ntest: {command: 'true'}"
        )
        let outcome = try Harness.run(["run", "--offline", folder], home: try Store.withBusybox())
        #expect(outcome.code == 0, "\(outcome.error)")
    }

    @Test("a policy that asks a registry which nobody serves ends the run at once, though the store has the image")
    func policyWithoutRegistry() throws {
        let home = try Store.withBusybox()
        let name = "127.0.0.1:1/busybox"
        #expect(try Harness.run(["image", "tag", "busybox", name], home: home).code == 0)
        let folder = try folder(
            "services: {s: {image: '\(name)', command: [sleep, '1000'], pull_policy: always}}\ntest: {command: 'true'}")
        let outcome = try Harness.run(["run", folder], home: home)
        #expect(outcome.code == 69)
        #expect(outcome.error.contains("image '\(name):latest' can't be pulled: no answer from 127.0.0.1:1"))
        #expect(!outcome.error.contains("try 2"))
    }

    @Test("config --lock writes digests, run --locked takes them and refuses what is not there")
    func locked() throws {
        let home = try Store.withBusybox()
        let folder = try folder(Self.busybox)
        let unlocked = try Harness.run(["run", "--locked", folder], home: home)
        #expect(unlocked.code == 65)
        #expect(unlocked.error.contains("there is no lock file"))
        #expect(try Harness.run(["config", "--lock", folder], home: home).code == 0)
        let lock = try #require(readFile("\(folder)/harness.lock").map { String(decoding: $0, as: UTF8.self) })
        #expect(lock.contains(/"docker.io\/library\/busybox:latest": "sha256:[0-9a-f]{64}"/))
        let outcome = try Harness.run(["run", "--locked", folder], home: home)
        #expect(outcome.code == 0, "\(outcome.error)")

        let other = String(repeating: "0", count: 64)
        try scratch.write(
            lock.replacing(/sha256:[0-9a-f]{64}/, with: "sha256:\(other)"), to: "environment/harness.lock")
        let changed = try Harness.run(["run", "--locked", "--offline", folder], home: home)
        #expect(changed.code == 69)
        #expect(changed.error.contains("busybox:latest@sha256:\(other)"))

        try scratch.write(#"{"version": 1, "images": {}}"#, to: "environment/harness.lock")
        let outdated = try Harness.run(["run", "--locked", folder], home: home)
        #expect(outdated.code == 65)
        #expect(outdated.error.contains("harness.lock has no digest of busybox"))
    }
}
