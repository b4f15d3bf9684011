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
        case .runOnce(let call): try await runOnce(call, stack, descriptors, connection)
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
        case .watch(let call): try await watch(call, connection)
        case .switchOver(let call): try await switchOver(call, stack, connection)
        case .events:
            broadcast.add(connection, isVerbose: true)
            defer { broadcast.remove(connection) }
            try await connection.notes { _ in }
        case .root(let call):
            guard let socket = descriptors.first?.rawValue else { throw Self.noStreams }
            try await running(call, on: stack).container.sendRoot(over: socket)
            connection.send(.done(code: 0))
        case .attach(let call): try await attach(call, stack, descriptors, connection)
        }
    }

    /// Does something of which the command hears as it goes on.
    func watched(_ connection: ControlConnection, _ body: () async throws -> Void) async throws {
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
        case let error as SwitchError:
            return ControlFailure(error.message, remedy: error.remedy, code: ExitStatusCode.unavailable.rawValue)
        case let error as OneOffError:
            return ControlFailure(error.message, remedy: error.remedy, code: ExitStatusCode.unavailable.rawValue)
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
