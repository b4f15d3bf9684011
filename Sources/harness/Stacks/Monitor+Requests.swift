import EnvironmentFile
import Glibc
import LinuxKernel
import LocalStacks
import Orchestration

extension Monitor {
    /// Carries out what a command asks for.
    func serve(
        _ request: ControlRequest, _ descriptors: [SharedDescriptor], _ connection: ControlConnection
    ) async {
        do {
            if case .down(let call) = request { return await down(call, connection) }
            guard let stack else { throw Failure("the environment is going down", code: .unavailable) }
            try await perform(request, on: stack, descriptors, connection)
        } catch {
            connection.send(.failed(Self.failure(error)))
        }
    }

    private func perform(
        _ request: ControlRequest, on stack: Stack, _ descriptors: [SharedDescriptor], _ connection: ControlConnection
    ) async throws {
        switch request {
        case .status:
            for status in stack.statuses { connection.send(.service(ServiceRecord(status))) }
            connection.send(.done(code: 0))
        case .up(let call): try await watched(connection) { try await self.up(call, stack, connection) }
        case .down: return
        case .exec(let call): try await exec(call, stack, descriptors, connection)
        case .start(let call):
            try await watched(connection) {
                let names = try stack.containers(named: call.names)
                try await stack.start(names)
                try await self.waitUntilReady(stack, names, nil)
            }
        case .stop(let call):
            try await watched(connection) {
                let names = try stack.containers(named: call.names)
                stack.report(
                    call.removes
                        ? try await stack.remove(names, call.stop) : try await stack.stop(names, call.stop))
            }
        case .restart(let call):
            try await watched(connection) {
                let names = try stack.containers(named: call.names)
                let (failures, restarted) = try await stack.restart(
                    names, call.stop, withDependents: !call.leavesDependents)
                stack.report(failures)
                // With those that depend on them: whoever asked for it goes on to use them.
                try await self.waitUntilReady(stack, restarted, nil)
            }
        case .kill(let call):
            let names = try stack.containers(named: call.names)
            reached(try await stack.signal(names, call.signal ?? SIGKILL), names, connection)
        case .pause(let call):
            let names = try stack.containers(named: call.names)
            reached(try await stack.setPaused(true, names), names, connection)
        case .unpause(let call):
            let names = try stack.containers(named: call.names)
            reached(try await stack.setPaused(false, names), names, connection)
        case .wait(let call):
            try await stack.waitForEnds(try stack.containers(named: call.names)) { name, status in
                connection.send(.exited(name: name, code: status?.code))
            }
            connection.send(.done(code: 0))
        case .events:
            broadcast.add(connection)
            defer { broadcast.remove(connection) }
            try await connection.notes { _ in }
        }
    }

    /// Does something of which the command hears as it goes on.
    private func watched(_ connection: ControlConnection, _ body: () async throws -> Void) async throws {
        broadcast.add(connection)
        defer { broadcast.remove(connection) }
        try await body()
        connection.send(.done(code: 0))
    }

    private func reached(_ names: [String], _ asked: [String], _ connection: ControlConnection) {
        for name in names { connection.send(.exited(name: name, code: nil)) }
        guard names.isEmpty else { return connection.send(.done(code: 0)) }
        let what = asked.count == 1 ? "'\(asked[0])' does not run" : "none of the services runs"
        connection.send(.failed(ControlFailure(what, code: ExitStatusCode.unavailable.rawValue)))
    }

    private func down(_ call: DownCall, _ connection: ControlConnection) async {
        broadcast.add(connection)
        awaitEnd(connection)
        if !ending.set(.asked(call)), call.isUrgent { interruption.hurry() }
        do { try await closed.wait() } catch { return }
    }

    // MARK: Up

    private func up(_ call: UpCall, _ stack: Stack, _ connection: ControlConnection) async throws {
        let environment = try await load(call)
        let request = try await planning(call).request(environment, running: stack.plan)
        let reconciliation = stack.reconciliation(request)
        if reconciliation.needsNewSandbox {
            throw Failure(
                "the networks have changed, and containers can't be moved to others while they run",
                remedy: "take the environment down and start it again: harness down, harness up -d; named volumes stay",
                code: .unavailable)
        }
        for name in reconciliation.orphans {
            progress("warning: '\(name)' is not in the file any more; --remove-orphans takes it away", connection)
        }
        if call.isDryRun {
            for change in reconciliation.changes where change.action != .keep { progress("\(change)", connection) }
            return
        }
        for change in reconciliation.changes { logs.forget(change.container) }
        try await stack.up(request)
        let names = request.options.chosen.map(Array.init)
        try await waitUntilReady(stack, names, call.timeout)
        let count = reconciliation.changes.count { $0.action != .keep }
        if count == 0 { progress("nothing has changed", connection) }
    }

    private func progress(_ line: String, _ connection: ControlConnection) {
        connection.send(.progress(ControlProgress(line: line, record: nil)))
    }

    /// Reads the file again, on another thread.
    private func load(_ call: UpCall) async throws -> EnvironmentFile.Environment {
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

    // MARK: Exec

    private func exec(
        _ call: ExecCall, _ stack: Stack, _ descriptors: [SharedDescriptor], _ connection: ControlConnection
    ) async throws {
        let status = try stack.container(of: call.service, number: call.number)
        guard let (container, plan) = stack.running(status.container) else {
            throw Failure(
                "'\(status.container)' does not run: it is \(status.state.rawValue)",
                remedy: "start it: harness start \(call.service)", code: .unavailable)
        }
        if status.state == .paused {
            throw Failure(
                "'\(status.container)' is paused", remedy: "let it go on: harness unpause \(call.service)",
                code: .unavailable)
        }
        var process = ExecProcess.plan(call, plan.process)
        if call.command.isEmpty { process.arguments = try await ExecProcess.shell(in: container) }
        let null = try OwnedDescriptor.open("/dev/null", O_RDWR)
        let streams =
            call.isDetached
            ? [null.rawValue, null.rawValue, null.rawValue] : descriptors.prefix(3).map(\.rawValue)
        guard streams.count == 3 else { throw Failure("the request has no streams", code: .engineFailed) }
        let started = try await ExecProcess.start(process, in: container, streams, hasTerminal: call.hasTerminal)
        connection.send(.started)
        if call.isDetached { return connection.send(.done(code: 0)) }
        let code = await follow(started, connection)
        connection.send(.exited(name: nil, code: code))
        connection.send(.done(code: code))
    }

    /// Waits for a process's end, and passes on what it is signalled; a command that goes hangs up.
    private func follow(_ process: any RunningProcess, _ connection: ControlConnection) async -> Int32 {
        let notes = Task(executorPreference: loop) {
            do {
                try await connection.notes { note in
                    if case .signal(let number) = note { await Self.send(number, to: process) }
                }
            } catch {
                // Cancelled after its end, or nonsense, which is as good as none.
            }
            if !Task.isCancelled { await Self.send(SIGHUP, to: process) }
        }
        let status = await process.wait()
        notes.cancel()
        return status.code
    }

    private static func send(_ signal: Int32, to process: any RunningProcess) async {
        guard (1...64).contains(signal) else { return }
        // Only a sandbox that has gone refuses, and the process has ended with it.
        do { try await process.send(signal: signal) } catch { return }
    }

    // MARK: Failures

    /// What a command is told of an error.
    static func failure(_ error: any Error) -> ControlFailure {
        switch error {
        case let error as PlanErrors:
            return ControlFailure("\(error)", code: ExitStatusCode.invalidInput.rawValue, isReport: true)
        case let error as BootError:
            let code = RunReporter.code(of: error)
            return ControlFailure("\(error)", code: code.rawValue, isReport: true)
        case let error as NoSuchService:
            return ControlFailure(
                "no service '\(error.name)' is in the environment",
                remedy: "the services are " + error.known.joined(separator: ", "), code: ExitStatusCode.usage.rawValue)
        case is StackClosing:
            return ControlFailure("the environment is going down", code: ExitStatusCode.unavailable.rawValue)
        default:
            let failure = Failure(error)
            return ControlFailure(
                failure.message, remedy: failure.remedy, code: failure.code.rawValue, isReport: failure.isReport)
        }
    }
}

extension ServiceCall {
    /// `nil`: all.
    fileprivate var names: [String]? { services.isEmpty ? nil : services }

    fileprivate var stop: Stack.StopOptions { Stack.StopOptions(gracePeriod: timeout.map { .seconds($0) }) }
}
