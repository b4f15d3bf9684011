import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("An environment that stays up")
struct StackTests {
    private static let chain = Environment.sample(
        .sample("db") { $0.ready = .any(.tcp(1)) },
        .sample("web") { $0.depend(on: "db", .healthy) }, test: nil)

    @Test("services start once their dependencies hold, and stop in reverse order")
    func order() throws {
        let stack = SimulatedStack(["db": Script(ports: [1: .milliseconds(20)])])
        try stack.perform(Self.chain) { try await $0.waitUntilReady(nil) }
        #expect(
            stack.calls == [
                "open", "update db web", "start db", "start web", "signal web 15", "signal db 15", "close",
            ])
        #expect(stack.engine.times(of: "start web")[0] >= .milliseconds(20))
        #expect(stack.engine.leftovers == [])
    }

    @Test("a service that ends before it is ready fails at once, and the others stay")
    func failure() throws {
        let stack = SimulatedStack(["db": Script(exit: (.milliseconds(5), .exited(3)))])
        let environment = Environment.sample(
            .sample("db") { $0.ready = .any(.tcp(1)) }, .sample("web") { $0.depend(on: "db", .healthy) },
            .sample("other"), test: nil)
        let (error, states) = try stack.perform(environment) { stack in
            var error: BootError?
            do { try await stack.waitUntilReady(nil) } catch let failure as BootError { error = failure }
            return (error, stack.statuses.map { "\($0.container) \($0.state.rawValue)" })
        }
        #expect(error?.service == "db")
        #expect(states.contains("other running") && states.contains("db exited") && states.contains("web failed"))
        #expect(!stack.calls.contains("start web"))
    }

    @Test("the restart policy is kept to, with growing pauses, until a stop")
    func restarts() throws {
        let stack = SimulatedStack(["db": Script(exit: (.milliseconds(1), .exited(1)))])
        let environment = Environment.sample(.sample("db") { $0.lifecycle.restart = RestartPolicy(.always) }, test: nil)
        try stack.perform(environment) { [simulation = stack.simulation] running in
            try await SimulatedClock(simulation: simulation).sleep(for: .milliseconds(500))
            _ = try await running.stop(["db"])
            try await SimulatedClock(simulation: simulation).sleep(for: .seconds(100))
        }
        #expect(stack.engine.times(of: "start db") == [.zero, .milliseconds(101), .milliseconds(302)])
    }

    @Test("a signal that would not be noticed is not sent, and not waited for")
    func unnoticed() throws {
        var script = Script(stopTakes: nil)
        script.notices = false
        let stack = SimulatedStack(["db": script])
        try stack.perform(.sample(.sample("db"), test: nil)) { try await $0.waitUntilReady(nil) }
        #expect(stack.calls == ["open", "update db", "start db", "kill db", "close"])
        #expect(stack.simulation.now == .zero)
    }

    @Test("a stop is bounded by the service's period, or by what is asked", arguments: [nil, Duration.seconds(3)])
    func gracePeriod(asked: Duration?) throws {
        let stack = SimulatedStack(["db": Script(stopTakes: nil)])
        try stack.perform(.sample(.sample("db"), test: nil)) {
            _ = try await $0.stop(["db"], Stack.StopOptions(gracePeriod: asked))
        }
        #expect(stack.engine.times(of: "kill db") == [asked ?? .seconds(10)])
    }

    @Test("health is watched for life: unhealthy after so many failures, healthy after one success")
    func health() throws {
        var script = Script()
        script.probe = { age in
            (.exited(age > .seconds(10) && age < .seconds(20) ? 1 : 0), "")
        }
        let stack = SimulatedStack(["db": script])
        let environment = Environment.sample(
            .sample("db") {
                $0.healthcheck = Healthcheck(
                    probe: .command(["check"]), interval: .seconds(1), retries: 3, position: line(1))
            }, test: nil)
        let seen = try stack.perform(environment) { [simulation = stack.simulation] running in
            let clock = SimulatedClock(simulation: simulation)
            var seen: [ServiceStatus.Health?] = []
            for wait in [1.0, 10.5, 3, 10] {
                try await clock.sleep(for: .seconds(wait))
                seen.append(running.statuses[0].health)
            }
            return seen
        }
        #expect(seen == [.healthy, .healthy, .unhealthy, .healthy])
    }

    @Test("only what has changed is replaced; its volumes' container is thrown away first")
    func replace() throws {
        let stack = SimulatedStack()
        let changed = Environment.sample(
            .sample("db") { $0.environment["A"] = "1" },
            .sample("web") { $0.depend(on: "db") }, test: nil)
        let before = Environment.sample(.sample("db"), .sample("web") { $0.depend(on: "db") }, test: nil)
        let changes = try stack.perform(before) { running in
            try await running.waitUntilReady(nil)
            let plan = try SimulatedStack.plan(changed, running: running.plan)
            return try await running.up(Stack.UpRequest(plan: plan)).changes.map(\.description)
        }
        #expect(changes == ["replace db: environment A", "keep web"])
        let calls = stack.calls
        let stop = calls.firstIndex(of: "signal db 15") ?? 0
        #expect(calls[stop...].prefix(4) == ["signal db 15", "remove db", "update db web", "start db"])
        #expect(calls.count { $0 == "start web" } == 1)
    }

    @Test("a port that is taken starts nothing")
    func port() throws {
        let script = Script(startError: EngineError(.portTaken(address: "127.0.0.1", port: 80, holder: nil)))
        let stack = SimulatedStack(["port 80": script])
        let environment = Environment.sample(
            .sample("web") {
                $0.ports = [Port(target: 80, published: 80, transport: .tcp, position: line(1))]
            }, test: nil)
        #expect(throws: BootError.self) { try stack.perform(environment) { _ in } }
        #expect(!stack.calls.contains("start web"))
    }

    @Test("operations follow each other")
    func turns() throws {
        let stack = SimulatedStack(["db": Script(stopTakes: .seconds(1))])
        try stack.perform(.sample(.sample("db"), test: nil)) { running in
            try await running.waitUntilReady(nil)
            async let one = running.restart(["db"])
            async let other = running.restart(["db"])
            _ = try await (one, other)
            try await running.waitUntilReady(nil)
        }
        #expect(stack.calls.count { $0 == "start db" } == 3)
    }
}
