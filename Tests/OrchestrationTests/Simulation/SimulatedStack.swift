import EnvironmentFile
import Synchronization

@testable import Orchestration

/// An environment that stays up in simulated time.
struct SimulatedStack {
    let simulation = Simulation()
    let engine: FakeEngine
    let events = EventLog()
    let interruption = Interruption()

    init(_ scripts: [String: Script] = [:]) { engine = FakeEngine(simulation, scripts: scripts) }

    /// Plans for an environment that stays up.
    static func plan(_ environment: Environment, running: Plan? = nil) throws -> Plan {
        var options = Planner.Options(lifetime: .up)
        options.running = running
        let replicas = try environment.expandingReplicas()
        return try Planner(environment, options: options).plan(.samples(for: replicas))
    }

    /// Opens a sandbox, does something with the stack in it, and takes it down.
    func perform<Success: Sendable>(
        _ environment: Environment, _ body: @escaping @Sendable (Stack) async throws -> Success
    ) throws -> Success {
        let plan = try Self.plan(environment)
        return try simulation.run { [self] in
            let stack = Stack(
                plan: plan, sandbox: try await engine.openSandbox(for: plan),
                clock: SimulatedClock(simulation: simulation), executor: simulation, wallClock: { 0 },
                output: { _, _ in }, events: { [events] in events.append($0) })
            try await stack.up(Stack.UpRequest(plan: plan))
            let result = try await body(stack)
            _ = await stack.close(interruption: interruption)
            return result
        }
    }

    /// What was asked of the engine, without the look-ups.
    var calls: [String] { engine.texts.filter { !$0.hasPrefix("probe") && !$0.hasPrefix("connect") } }
}
