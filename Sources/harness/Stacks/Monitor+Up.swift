import EnvironmentFile
import Glibc
import LinuxKernel
import LocalStacks
import Orchestration
import Synchronization

/// `up` on an environment that runs.
extension Monitor {
    func up(_ call: UpCall, _ stack: Stack, _ connection: ControlConnection) async throws {
        let environment = try await load(call)
        let request = try await planning(call).request(environment, on: stack)
        let reconciliation = stack.reconciliation(request)
        for name in reconciliation.orphans {
            progress("warning: '\(name)' is not in the file any more; --remove-orphans takes it away", connection)
        }
        if call.isDryRun {
            for change in reconciliation.changes where change.action != .keep { progress("\(change)", connection) }
            return
        }
        try await bring(stack, to: request, reconciliation, call)
        if reconciliation.isEmpty { progress("nothing has changed", connection) }
    }

    /// The same without a command that waits for it.
    func reconcile(_ call: UpCall, _ stack: Stack) async throws -> Reconciliation {
        let request = try await planning(call).request(try await load(call), on: stack)
        let reconciliation = stack.reconciliation(request)
        try await bring(stack, to: request, reconciliation, call)
        return reconciliation
    }

    private func bring(
        _ stack: Stack, to request: Stack.UpRequest, _ reconciliation: Reconciliation, _ call: UpCall
    ) async throws {
        for change in reconciliation.changes { logs.forget(change.container) }
        if reconciliation.needsNewSandbox {
            let (new, names) = try await moveToOtherNetworks(stack, request, reconciliation)
            return try await waitUntilReady(new, names, call.timeout)
        }
        try await stack.up(request)
        try await waitUntilReady(stack, request.options.chosen.map(Array.init), call.timeout)
    }

    /// Takes everything down and starts it again in a sandbox with other networks: containers can't be moved.
    ///
    /// - Returns: What has taken the stack's place, and the containers that were started.
    private func moveToOtherNetworks(
        _ stack: Stack, _ request: Stack.UpRequest, _ reconciliation: Reconciliation
    ) async throws -> (stack: Stack, names: [String]) {
        if stack.isClosing { throw StackClosing() }
        if let service = stack.unsettledSwitches.first { throw SwitchError(service: service, kind: .unsettled) }
        for change in reconciliation.changes where change.action != .keep { handle(.changing(change)) }
        stack.report(await stack.close(interruption: interruption))
        do {
            let plan = stack.withWrittenNames(request.plan)
            let new = makeStack(plan, try await openSandbox(plan))
            state.withLock { $0.stack = new }
            let started = reconciliation.changes.filter { $0.action != .keep && $0.action != .remove }
            let names = started.map { stack.writtenName(of: $0.container) }
            var options = Reconciliation.Options()
            options.chosen = Set(names)
            try await new.up(Stack.UpRequest(plan: plan, options: options))
            if attachment != nil { watchEnds(of: new) }
            return (new, names)
        } catch {
            // Nothing runs any more, and nothing could be asked for.
            ending.set(.finished)
            throw error
        }
    }

    /// Follows `develop.watch` for as long as the command is there.
    func watch(_ call: UpCall, _ connection: ControlConnection) async throws {
        let session = try await WatchSession.make(try await load(call), call, on: self)
        broadcast.add(connection)
        defer { broadcast.remove(connection) }
        try await whileAsked(by: connection) { try await session.run() }
    }

    func progress(_ line: String, _ connection: ControlConnection) {
        connection.send(.progress(ControlProgress(line: line, record: nil)))
    }

    /// Reads the file again, on another thread.
    func load(_ call: UpCall) async throws -> EnvironmentFile.Environment {
        let source = call.source
        let result = try await loop.offload {
            var request = source.request
            let input = try source.standardInput.map { SharedDescriptor(try StandardInputText.file(of: $0)) }
            if let input { request.standardInput = input.rawValue }
            return withExtendedLifetime(input) { EnvironmentLoader.load(request) }
        }
        guard let environment = result.environment else {
            let text = DiagnosticRenderer(sources: result.sources, usesColor: false).render(result.diagnostics)
            throw Failure(text, code: .invalidInput, isReport: true)
        }
        return environment
    }
}
