import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("A container that is run beside an environment's own")
struct OneOffTests {
    private static let own = Environment.sample(
        .sample("db") { $0.ready = .any(.tcp(1)) },
        .sample("job") {
            $0.depend(on: "db", .healthy)
            $0.mounts = [Mount(source: .anonymous, target: "/data", position: line(1))]
        }, test: nil)

    private static let scripts = [
        "db": Script(ports: [1: .milliseconds(20)]),
        "job-run-1": Script(exit: (.milliseconds(50), .exited(3))),
    ]

    private static func request(
        _ stack: Stack, _ environment: Environment = own, named name: String = "job-run-1"
    ) throws -> Stack.OneOffRequest {
        var environment = environment
        var copy = try #require(environment.services["job"])
        copy.name = name
        environment.services[name] = copy
        var options = Planner.Options(lifetime: .up, services: [name, "db", "job"])
        options.running = stack.runningPlan
        options.oneOff = name
        let plan = try Planner(environment, options: options).plan(.samples(for: environment))
        return try #require(Stack.OneOffRequest(plan: plan, streams: [0, 1, 2]))
    }

    @Test("what it depends on is started first; its end is its own, and it goes with its volumes")
    func life() throws {
        let stack = SimulatedStack(Self.scripts)
        let (code, during, after) = try stack.perform(Self.own) { running in
            try await running.waitUntilReady(nil)
            _ = try await running.stop(["db", "job"])
            let process = try await running.startOneOff(try Self.request(running))
            let during = running.statuses.map { "\($0.container) \($0.state.rawValue)" }
            let code = await process.wait().code
            #expect(await running.endOneOff("job-run-1").isEmpty)
            return (code, during, running.statuses.map(\.container))
        }
        #expect(code == 3)
        #expect(during == ["db running", "job exited", "job-run-1 running"])
        #expect(after == ["db", "job"])
        let starts = stack.engine.times(of: "start db")
        #expect(stack.engine.times(of: "start job-run-1")[0] >= starts[1] + .milliseconds(20))
        #expect(stack.calls.contains("remove job-run-1 with volumes"))
        #expect(!stack.calls.contains { $0.hasPrefix("remove job ") })
        #expect(stack.engine.leftovers == [])
    }

    @Test("it is stopped when it is to end before it does, and nobody else waits for it")
    func stopped() throws {
        let stack = SimulatedStack(["db": Script(ports: [1: .zero])])
        try stack.perform(Self.own) { running in
            try await running.waitUntilReady(nil)
            _ = try await running.startOneOff(try Self.request(running))
            #expect(try running.containers(named: nil) == ["db", "job"])
            #expect(try running.containers(named: ["job"]) == ["job"])
            #expect(try running.containers(named: ["job-run-1"]) == ["job-run-1"])
            #expect(!running.isOwnEnd(of: "job-run-1") && running.isOwnEnd(of: "job"))
            #expect(await running.endOneOff("job-run-1").isEmpty)
            // Only what is run beside is taken away so.
            #expect(await running.endOneOff("db").isEmpty)
            #expect(running.statuses.map(\.container) == ["db", "job"])
        }
        #expect(stack.calls.contains("signal job-run-1 15"))
        #expect(stack.calls.count { $0 == "signal db 15" } == 1)
    }

    @Test("it is no part of the environment: nothing is replaced or removed for it, and its address stays its own")
    func reconciliation() throws {
        let stack = SimulatedStack(["db": Script(ports: [1: .zero])])
        let environment = Environment.sample(
            .sample("db") { $0.ready = .any(.tcp(1)) }, .sample("job") { $0.depend(on: "db", .healthy) },
            .sample("new"), test: nil)
        let (reconciliation, addresses) = try stack.perform(Self.own) { running in
            try await running.waitUntilReady(nil)
            _ = try await running.startOneOff(try Self.request(running))
            let plan = try SimulatedStack.plan(environment, running: running.runningPlan)
            var request = Stack.UpRequest(plan: plan)
            request.options.removesOrphans = true
            let reconciliation = try await running.up(request)
            let addresses = Dictionary(uniqueKeysWithValues: running.statuses.map { ($0.container, $0.address) })
            _ = await running.endOneOff("job-run-1")
            return (reconciliation, addresses)
        }
        #expect(reconciliation.changes.map(\.description) == ["keep db", "create new: new", "replace job: volumes"])
        #expect(reconciliation.orphans == [])
        #expect(addresses["job-run-1"] != nil && Set(addresses.values).count == 4)
    }

    @Test("names that are taken are refused, in both directions")
    func names() throws {
        let stack = SimulatedStack(["db": Script(ports: [1: .zero])])
        try stack.perform(Self.own) { running in
            try await running.waitUntilReady(nil)
            let request = try Self.request(running)
            _ = try await running.startOneOff(request)
            let taken = OneOffError(container: "job-run-1", kind: .nameTaken)
            await #expect(throws: taken) { _ = try await running.startOneOff(request) }
            let named = Environment.sample(.sample("db"), .sample("job-run-1"), test: nil)
            let plan = try SimulatedStack.plan(named, running: running.runningPlan)
            await #expect(throws: taken) { try await running.up(Stack.UpRequest(plan: plan)) }
            #expect(running.nextOneOffName(of: "job", besides: ["job-run-2"]) == "job-run-3")
            _ = await running.endOneOff("job-run-1")
        }
    }

    @Test("a dependency that fails is the cause, and the rest stays")
    func failedDependency() throws {
        let stack = SimulatedStack(["db": Script(exit: (.milliseconds(5), .exited(3)))])
        let environment = Environment.sample(
            .sample("db") { $0.ready = .any(.tcp(1)) }, .sample("job") { $0.depend(on: "db", .healthy) }, test: nil)
        let error = try stack.perform(environment) { running in
            var error: BootError?
            do {
                _ = try await running.startOneOff(try Self.request(running, environment))
            } catch let failure as BootError {
                error = failure
            }
            _ = await running.endOneOff("job-run-1")
            #expect(running.statuses.map(\.container) == ["db", "job"])
            return error
        }
        #expect(error?.service == "db")
        #expect(!stack.calls.contains("start job-run-1"))
    }

    @Test("what makes room for another is no end, an end of its own is; the environment ends with the last life")
    func ends() throws {
        let stack = SimulatedStack(["db": Script(exit: (.seconds(5), .exited(0)))])
        let environment = Environment.sample(.sample("db"), test: nil)
        try stack.perform(environment) { running in
            try await running.waitUntilReady(nil)
            async let end: Void = running.waitUntilEnded()
            _ = try await running.restart(["db"])
            try await end
        }
        let starts = stack.engine.times(of: "start db")
        #expect(starts.count == 2 && stack.engine.times(of: "close")[0] >= starts[1] + .seconds(5))
    }
}
