import EnvironmentFile
import OrderedCollections
import Synchronization

@testable import Orchestration

/// A place in the file that all these tests pretend to have read.
func line(_ line: Int, _ column: Int = 1) -> SourcePosition {
    SourcePosition(file: "environment.yaml", line: line, column: column)
}

extension Service {
    /// A service of the sample image; `line` is where it stands.
    static func sample(_ name: String, at position: SourcePosition = line(1), _ change: (inout Self) -> Void = { _ in })
        -> Self
    {
        var service = Self(name: name, position: position)
        service.image = Located("sample", at: position)
        change(&service)
        return service
    }

    mutating func depend(
        on service: String, _ condition: Dependency.Condition = .started, isRequired: Bool = true,
        at position: SourcePosition = line(1)
    ) {
        dependsOn.append(
            Dependency(service: service, condition: condition, isRequired: isRequired, position: position))
    }
}

extension Ready {
    static func any(_ conditions: Condition..., timeout: Duration = .seconds(60)) -> Self {
        Self(conditions: conditions, timeout: timeout, position: line(9))
    }

    static func all(_ conditions: Condition..., timeout: Duration = .seconds(60)) -> Self {
        Self(conditions: conditions, requiresAll: true, timeout: timeout, position: line(9))
    }
}

extension Environment {
    /// These services, and a test `check` on the host.
    static func sample(_ services: Service..., test: Test? = Test(command: ["check"], position: line(90))) -> Self {
        sample(services, test: test)
    }

    static func sample(_ services: [Service], test: Test? = Test(command: ["check"], position: line(90))) -> Self {
        Self(
            name: "demo", directory: "/project", files: ["environment.yaml"],
            services: OrderedDictionary(uniqueKeysWithValues: services.map { ($0.name, $0) }), test: test)
    }
}

extension Planner.Images {
    /// The sample image for every service.
    static func samples(for environment: Environment) -> Self {
        Self(services: Dictionary(uniqueKeysWithValues: environment.services.keys.map { ($0, PreparedImage.sample) }))
    }
}

/// One simulated run and all that can be seen of it.
struct SimulatedRun {
    let simulation = Simulation()
    let engine: FakeEngine
    let interruption = Interruption()
    let events = EventLog()
    let environment: Environment
    var options = Run.Options()

    /// The test takes no time and succeeds unless the script for `host` says otherwise.
    init(_ environment: Environment, _ scripts: [String: Script] = [:]) {
        self.environment = environment
        var scripts = scripts
        if scripts["host"] == nil { scripts["host"] = Script(exit: (.zero, .exited(0))) }
        engine = FakeEngine(simulation, scripts: scripts)
    }

    func perform() throws -> RunOutcome {
        let run = Run(
            environment: environment, engine: engine, clock: SimulatedClock(simulation: simulation), options: options,
            interruption: interruption, executor: simulation
        ) { [events] in events.append($0) }
        return try simulation.run { try await run.perform() }
    }

    /// The error of a boot that must fail; `nil` if it does not.
    func bootError() throws -> BootError? {
        do {
            _ = try perform()
            return nil
        } catch let error as BootError {
            return error
        }
    }
}

final class EventLog: Sendable {
    private let events = Mutex<[Event]>([])
    var all: [Event] { events.withLock { $0 } }
    func append(_ event: Event) { events.withLock { $0.append(event) } }
}
