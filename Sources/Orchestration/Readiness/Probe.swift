import Addresses

/// What one look at a service saw.
public enum ProbeOutcome: Hashable, Sendable {
    case ready
    /// Not ready, and what was seen instead.
    case notYet(String)
}

/// One way to see whether a service is ready.
protocol Probe: Sendable {
    /// Looks once; what the target throws is the caller's to judge.
    func attempt(on target: ProbeTarget, timeout: Duration) async throws -> ProbeOutcome
}

/// What a probe may ask of a service, and no more.
struct ProbeTarget: Sendable {
    let sandbox: any Sandbox
    let container: any RunningContainer
    let plan: ContainerPlan
    let clock: RunClock

    func connect(port: UInt16, timeout: Duration) async throws -> any ByteStream {
        try await sandbox.connect(to: plan, port: port, timeout: timeout)
    }

    /// Runs a program with the service's own variables, user and directory.
    func run(_ arguments: [String], timeout: Duration) async throws -> (status: ExitStatus?, output: String) {
        var process = plan.process
        process.arguments = arguments
        return try await container.probe(process, timeout: timeout)
    }

    func pathExists(_ path: String) async throws -> Bool { try await container.pathExists(path) }
}

extension Probe {
    /// Looks once and takes a failure of the look itself for `notYet`: the service may still be coming up.
    func look(at target: ProbeTarget, timeout: Duration) async throws(CancellationError) -> ProbeOutcome {
        do {
            return try await attempt(on: target, timeout: timeout)
        } catch {
            if Task.isCancelled { throw CancellationError() }
            return .notYet("\(error)")
        }
    }
}
