import LocalStacks
import Orchestration

extension Monitor {
    /// Switches a service over to a new version, or settles that.
    func switchOver(_ call: SwitchCall, _ stack: Stack, _ connection: ControlConnection) async throws {
        let untilReady: @Sendable ([String]) async throws -> Void = { [self] names in
            try await whileAsked(by: connection) { [self] in
                try await waitUntilReady(stack, names, call.up.timeout)
            }
        }
        switch call.step {
        case .begin:
            let environment = try await load(call.up)
            let request = try await planning(call.up).switchRequest(call, environment, on: stack)
            try await watched(connection) {
                try await stack.switchOver(request, untilReady: untilReady)
                self.progress(
                    "the old version runs on: harness switch \(call.service) --commit takes it away, --rollback goes"
                        + " back to it", connection)
                if let image = call.image {
                    self.progress(
                        "the file has another image than \(image): write it there, or the next 'harness up' goes back",
                        connection)
                }
            }
        case .commit:
            try await watched(connection) { stack.report(try await stack.commitSwitch(call.service)) }
        case .rollBack:
            try await watched(connection) {
                stack.report(try await stack.rollBackSwitch(call.service, untilReady: untilReady))
            }
        }
    }

    /// Does something for as long as the command is there.
    func whileAsked(
        by connection: ControlConnection, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await connection.notes { _ in }
                throw Failure("the command has gone", code: .unavailable)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
