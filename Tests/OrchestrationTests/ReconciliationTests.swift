import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("What changes in a running environment")
struct ReconciliationTests {
    private func changes(
        from before: Environment, to after: Environment, _ options: Reconciliation.Options = Reconciliation.Options()
    ) throws -> Reconciliation {
        let old = try SimulatedStack.plan(before)
        let new = try SimulatedStack.plan(after, running: old)
        let present = old.containers.map { container in
            Reconciliation.Present(
                plan: container, ports: old.ports.filter { $0.service == container.name }, isUp: true, ending: "")
        }
        return Reconciliation(present: present, networks: old.networks, wanted: new, options: options)
    }

    private func texts(_ reconciliation: Reconciliation) -> [String] {
        reconciliation.changes.filter { $0.action != .keep }.map(\.description)
    }

    /// Each changes one attribute of the service `db`.
    static let attributes: [(String, @Sendable (inout Service) -> Void)] = [
        ("command", { $0.command = ["other"] }),
        ("environment B", { $0.environment["B"] = "2" }),
        ("user", { $0.user = "7" }),
        ("working_dir", { $0.workingDirectory = "/other" }),
        ("hostname", { $0.hostname = "other" }),
        ("init", { $0.hasInit = true }),
        ("read_only", { $0.isReadOnly = true }),
        ("privileged", { $0.isPrivileged = true }),
        ("mem_limit", { $0.memoryLimit = 1 << 20 }),
        ("pids_limit", { $0.pidsLimit = 5 }),
        ("shm_size", { $0.shmSize = 1 << 20 }),
        ("capabilities", { $0.capAdd = ["SYS_ADMIN"] }),
        ("ulimits", { $0.ulimits["nofile"] = Ulimit(soft: 5, hard: 5) }),
        ("healthcheck or ready", { $0.ready = .any(.tcp(5)) }),
        ("restart or hooks", { $0.lifecycle.restart = RestartPolicy(.always) }),
        ("devices, namespaces or kernel parameters", { $0.isolation.hasTerminal = true }),
    ]

    @Test("each attribute of a container makes it another, and is named", arguments: attributes.map(\.0))
    func attribute(name: String) throws {
        let change = try #require(Self.attributes.first { $0.0 == name }?.1)
        let before = Environment.sample(.sample("db"), .sample("web"), test: nil)
        let after = Environment.sample(.sample("db", change), .sample("web"), test: nil)
        let found = texts(try changes(from: before, to: after))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("replace db: ") == true && found.first?.contains(name) == true, "\(found)")
    }

    @Test("where an attribute is written, and what counts only at the end, changes nothing")
    func positions() throws {
        let before = Environment.sample(.sample("db", at: line(1)) { $0.ready = .any(.tcp(1)) }, test: nil)
        let after = Environment.sample(
            .sample("db", at: line(7)) {
                $0.ready = Ready(conditions: [.tcp(1)], timeout: .seconds(60), position: line(8))
                $0.stopSignal = "SIGINT"
            }, test: nil)
        #expect(texts(try changes(from: before, to: after)) == [])
    }

    @Test("a new service changes nobody else, wherever it stands")
    func newService() throws {
        let before = Environment.sample(.sample("db"), .sample("web"), test: nil)
        let after = Environment.sample(.sample("first"), .sample("db"), .sample("web"), test: nil)
        #expect(texts(try changes(from: before, to: after)) == ["create first: new"])
    }

    @Test("'restart: true' follows, over several services; without it nobody does")
    func dependents() throws {
        func environment(_ colour: String) -> Environment {
            .sample(
                .sample("db") { $0.environment["COLOUR"] = colour },
                .sample("web") {
                    $0.dependsOn = [Dependency(service: "db", restart: true, position: line(1))]
                },
                .sample("edge") {
                    $0.dependsOn = [Dependency(service: "web", restart: true, position: line(1))]
                },
                .sample("other") { $0.depend(on: "db") }, test: nil)
        }
        #expect(
            texts(try changes(from: environment("red"), to: environment("blue"))) == [
                "replace db: environment COLOUR", "restart web: 'db' is replaced", "restart edge: 'web' is restarted",
            ])
    }

    @Test("a service that is gone is an orphan, unless it is to be removed; one of fewer containers goes")
    func removals() throws {
        let before = Environment.sample(.sample("db"), .sample("web") { $0.lifecycle.replicas = 3 }, test: nil)
        let after = Environment.sample(.sample("web") { $0.lifecycle.replicas = 2 }, test: nil)
        let found = try changes(from: before, to: after)
        #expect(found.orphans == ["db"])
        #expect(texts(found) == ["remove web-3: one of fewer containers"])
        var options = Reconciliation.Options()
        options.removesOrphans = true
        #expect(
            texts(try changes(from: before, to: after, options)) == [
                "remove web-3: one of fewer containers", "remove db: not in the file any more",
            ])
    }

    @Test("what is not chosen is left alone, whatever has changed")
    func chosen() throws {
        let before = Environment.sample(.sample("db"), .sample("web"), test: nil)
        let after = Environment.sample(
            .sample("db") { $0.user = "1" }, .sample("web") { $0.user = "1" }, .sample("new"), test: nil)
        var options = Reconciliation.Options()
        options.chosen = ["web"]
        #expect(texts(try changes(from: before, to: after, options)) == ["replace web: user"])
    }

    @Test("other networks need another sandbox")
    func networks() throws {
        let before = Environment.sample(.sample("db"), test: nil)
        var after = before
        after.services["db"]?.networking.attachments = ["back": NetworkAttachment(position: line(1))]
        after.networks["back"] = Network(name: "demo_back", position: line(1))
        #expect(try changes(from: before, to: after).needsNewSandbox)
        #expect(try !changes(from: before, to: before).needsNewSandbox)
    }
}
