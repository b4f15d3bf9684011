import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("A switch-over")
struct SwitchTests {
    private static func environment(_ version: String, _ change: (inout Service) -> Void = { _ in }) -> Environment {
        Environment.sample(
            .sample("web") {
                $0.environment["VERSION"] = version
                $0.ready = .any(.tcp(80))
                $0.ports = [Port(target: 80, published: 8080, transport: .tcp, position: line(2))]
                change(&$0)
            },
            .sample("client") { $0.depend(on: "web", .healthy) }, test: nil)
    }

    private static let scripts = [
        "web": Script(ports: [80: .zero]), "web@2": Script(ports: [80: .milliseconds(50)]),
        "web@3": Script(ports: [80: .zero]),
    ]

    private static func request(_ stack: Stack, _ environment: Environment) throws -> Stack.SwitchRequest {
        Stack.SwitchRequest(
            service: "web", plan: try SimulatedStack.plan(environment, running: stack.planToSwitch("web")))
    }

    private func switchOver(_ stack: Stack, _ environment: Environment = Self.environment("new")) async throws {
        let request = try Self.request(stack, environment)
        try await stack.switchOver(request) { try await stack.waitUntilReady($0) }
    }

    @Test("moves names and ports once the new version is ready, and not before; the old one runs on")
    func moves() throws {
        let stack = SimulatedStack(Self.scripts)
        let states = try stack.perform(Self.environment("old")) { running in
            try await running.waitUntilReady(nil)
            try await switchOver(running)
            return running.statuses.map { "\($0.container) \($0.service) \($0.state.rawValue) \($0.beside ?? "-")" }
        }
        #expect(states == ["web@2 web running -", "client client running -", "web web running web@2"])
        let calls = stack.calls
        let begin = try #require(calls.firstIndex(of: "start web@2"))
        #expect(
            calls[begin...].prefix(4) == [
                "start web@2", "update web@2 client web", "move 10.213.0.2 to 10.213.0.4", "retarget web 10.213.0.4",
            ])
        #expect(stack.engine.times(of: "move 10.213.0.2 to 10.213.0.4")[0] >= .milliseconds(50))
        #expect(calls.count { $0.hasPrefix("publish") } == 1)
        #expect(stack.engine.leftovers == [])
    }

    @Test("is settled by taking the old version away, and the next one gets another name")
    func commit() throws {
        let stack = SimulatedStack(Self.scripts)
        let names = try stack.perform(Self.environment("old")) { running in
            try await running.waitUntilReady(nil)
            try await switchOver(running)
            _ = try await running.commitSwitch("web")
            await #expect(throws: SwitchError(service: "web", kind: .notSwitched)) {
                _ = try await running.commitSwitch("web")
            }
            try await switchOver(running, Self.environment("newer"))
            _ = try await running.commitSwitch("web")
            return running.statuses.map(\.container)
        }
        #expect(names == ["web@3", "client"])
        #expect(stack.calls.contains("signal web 15") && stack.calls.contains("remove web"))
    }

    @Test("is taken back: names and ports lead to the old version again")
    func rollBack() throws {
        let stack = SimulatedStack(Self.scripts)
        let names = try stack.perform(Self.environment("old")) { running in
            try await running.waitUntilReady(nil)
            try await switchOver(running)
            _ = try await running.rollBackSwitch("web") { try await running.waitUntilReady($0) }
            return (running.statuses.map(\.container), running.plan.containers.map(\.name))
        }
        #expect(names.0 == ["web", "client"] && names.1 == ["web", "client"])
        let calls = stack.calls
        let back = try #require(calls.firstIndex(of: "move 10.213.0.4 to 10.213.0.2"))
        #expect(
            calls[back...].prefix(4) == [
                "move 10.213.0.4 to 10.213.0.2", "retarget web 10.213.0.2", "settle web 10.213.0.4", "signal web@2 15",
            ])
    }

    @Test("starts the old version again where it has ended before it goes back")
    func rollBackToEnded() throws {
        let stack = SimulatedStack(Self.scripts)
        try stack.perform(Self.environment("old")) { running in
            try await running.waitUntilReady(nil)
            try await switchOver(running)
            _ = try await running.signal(["web"], 9)
            try await running.waitForEnds(["web"]) { _, _ in }
            _ = try await running.rollBackSwitch("web") { try await running.waitUntilReady($0) }
        }
        #expect(stack.calls.count { $0 == "start web" } == 2)
    }

    @Test("that does not become ready changes nothing")
    func failure() throws {
        var scripts = Self.scripts
        scripts["web@2"] = Script(exit: (.milliseconds(5), .exited(3)))
        let stack = SimulatedStack(scripts)
        let names = try stack.perform(Self.environment("old")) { running in
            try await running.waitUntilReady(nil)
            await #expect(throws: BootError.self) { try await switchOver(running) }
            return running.statuses.map(\.container)
        }
        #expect(names == ["web", "client"])
        #expect(!stack.calls.contains { $0.hasPrefix("move") || $0.hasPrefix("retarget") })
        #expect(stack.calls.contains("remove web@2"))
    }

    @Test("keeps 'up' waiting until it is settled; then 'up' compares with the new version")
    func up() throws {
        let stack = SimulatedStack(Self.scripts)
        let changes = try stack.perform(Self.environment("old")) { running in
            try await running.waitUntilReady(nil)
            try await switchOver(running)
            let plan = { (version: String) in
                running.withPresentNames(
                    try SimulatedStack.plan(Self.environment(version), running: running.runningPlan))
            }
            let unsettled = try plan("new")
            await #expect(throws: SwitchError(service: "web", kind: .unsettled)) {
                try await running.up(Stack.UpRequest(plan: unsettled))
            }
            _ = try await running.commitSwitch("web")
            let same = try await running.up(Stack.UpRequest(plan: try plan("new"))).changes
            let other = try await running.up(Stack.UpRequest(plan: try plan("old"))).changes
            return (same + other).map(\.description)
        }
        #expect(
            changes == ["keep web@2", "keep client", "replace web@2: environment VERSION", "keep client"])
    }

    @Test("opens a port that only the new version has, and keeps the old one's open until it is settled")
    func ports() throws {
        let stack = SimulatedStack(Self.scripts)
        try stack.perform(Self.environment("old")) { running in
            try await running.waitUntilReady(nil)
            try await switchOver(
                running,
                Self.environment("new") {
                    $0.ports = [Port(target: 81, published: 8081, transport: .tcp, position: line(2))]
                })
            _ = try await running.commitSwitch("web")
        }
        let calls = stack.calls
        let moved = try #require(calls.firstIndex { $0.hasPrefix("move") })
        #expect(try #require(calls.firstIndex(of: "publish web@2 81")) < moved)
        #expect(try #require(calls.firstIndex(of: "unpublish web 80")) > moved)
    }

    @Test("is refused where two can't be side by side", arguments: Obstacle.all)
    func refused(obstacle: Obstacle) throws {
        let stack = SimulatedStack(Self.scripts)
        let environment = obstacle.environment
        let error = try stack.perform(environment) { running in
            try await running.waitUntilReady(nil)
            if obstacle.kind == .notRunning(container: "web") { _ = try await running.stop(["web"]) }
            do {
                try await switchOver(running, obstacle.wanted)
                return nil as SwitchError?
            } catch let error as SwitchError {
                return error
            }
        }
        #expect(error?.kind == obstacle.kind)
        #expect(!stack.calls.contains("start web@2"))
    }

    /// Something in the way of a switch-over.
    struct Obstacle: Sendable, CustomTestStringConvertible {
        var kind: SwitchError.Kind
        var environment: Environment
        var wanted: Environment

        init(_ kind: SwitchError.Kind, _ environment: Environment, _ wanted: Environment? = nil) {
            self.kind = kind
            self.environment = environment
            self.wanted = wanted ?? environment
        }

        var testDescription: String { "\(kind)" }

        static let all = [
            Obstacle(.notRunning(container: "web"), SwitchTests.environment("old")),
            Obstacle(
                .sharesNetwork,
                SwitchTests.environment("old") {
                    $0.networking.mode = .host
                    $0.ready = nil
                    $0.ports = []
                }.without("client")),
            Obstacle(
                .isShared(by: "other"),
                SwitchTests.environment("old").with(.sample("other") { $0.networking.mode = .service("web") })),
            Obstacle(
                .otherCount, SwitchTests.environment("old"),
                SwitchTests.environment("new") {
                    $0.lifecycle.replicas = 2
                    $0.ports = []
                }),
            Obstacle(
                .missing(dependency: "late"), SwitchTests.environment("old"),
                SwitchTests.environment("new") { $0.depend(on: "late") }.with(.sample("late"))),
            Obstacle(
                .otherNetworks, SwitchTests.environment("old"),
                SwitchTests.environment("new") {
                    $0.networking.attachments["back"] = NetworkAttachment(position: line(3))
                }.with(network: "back")),
            Obstacle(.sharedVolume("data"), SwitchTests.withVolume),
        ]
    }

    private static var withVolume: Environment {
        var environment = environment("old") {
            $0.mounts = [Mount(source: .volume("data"), target: "/data", position: line(4))]
        }
        environment.volumes["data"] = Volume(name: "data", position: line(5))
        return environment
    }
}

extension Environment {
    fileprivate func without(_ service: String) -> Environment {
        var result = self
        result.services[service] = nil
        return result
    }

    fileprivate func with(_ service: Service) -> Environment {
        var result = self
        result.services[service.name] = service
        return result
    }

    fileprivate func with(network: String) -> Environment {
        var result = self
        result.networks[network] = Network(name: network, position: line(6))
        return result
    }
}
