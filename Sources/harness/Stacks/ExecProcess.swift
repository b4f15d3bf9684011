import LocalStacks
import Orchestration

/// A further process of a service's container.
enum ExecProcess {
    /// What is run when nothing is named: the first of these that is there.
    private static let shells = ["/bin/bash", "/bin/ash", "/bin/sh"]

    /// The service's own surroundings with what the call changes.
    static func plan(_ call: ExecCall, _ service: ProcessPlan) -> ProcessPlan {
        var process = service
        process.arguments = call.command
        if let user = call.user { process.user = user }
        if let directory = call.workingDirectory { process.workingDirectory = directory }
        process.isPrivileged = call.isPrivileged
        for entry in call.environment {
            let name = entry.prefix { $0 != "=" } + "="
            process.environment.removeAll { $0.hasPrefix(name) }
            process.environment.append(entry)
        }
        if call.hasTerminal, !process.environment.contains(where: { $0.hasPrefix("TERM=") }) {
            process.environment.append("TERM=xterm")
        }
        return process
    }

    /// Starts it; what is missing in the container has the exit code that a shell has for it.
    static func start(
        _ process: ProcessPlan, in container: any RunningContainer, _ streams: [CInt], hasTerminal: Bool
    ) async throws -> any RunningProcess {
        do {
            return try await container.run(process, streams: streams, hasTerminal: hasTerminal)
        } catch let error as EngineError {
            throw failure(error, otherwise: .engineFailed)
        }
    }

    /// What is said of a program that could not be started.
    ///
    /// - Parameter code: Where it is no fault of the program's.
    static func failure(_ error: EngineError, otherwise code: ExitStatusCode) -> Failure {
        var failure = Failure(error)
        switch error.kind {
        case .commandNotFound: failure.code = .commandNotFound
        case .commandNotExecutable: failure.code = .commandNotExecutable
        default: failure.code = code
        }
        return failure
    }

    /// The best shell that the container has.
    static func shell(in container: any RunningContainer) async throws -> [String] {
        for shell in shells {
            if try await container.pathExists(shell) { return [shell] }
        }
        throw Failure(
            "the container has no shell", remedy: "name a program that it has: harness exec SERVICE PROGRAM",
            code: .commandNotFound)
    }
}
