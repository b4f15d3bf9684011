import Glibc
import LinuxKernel
import LocalStacks
import Orchestration

/// What commands do with processes of containers that run.
extension Monitor {
    static let noStreams = Failure("the request has no streams", code: .engineFailed)

    /// A container that can be asked for something.
    func running(
        _ call: ContainerCall, on stack: Stack
    ) throws -> (container: any RunningContainer, plan: ContainerPlan) {
        let status = try stack.container(of: call.service, number: call.number)
        guard let running = stack.running(status.container) else {
            throw Failure(
                "'\(status.container)' does not run: it is \(status.state.rawValue)",
                remedy: "start it: harness start \(call.service)", code: .unavailable)
        }
        return running
    }

    func exec(
        _ call: ExecCall, _ stack: Stack, _ descriptors: [SharedDescriptor], _ connection: ControlConnection
    ) async throws {
        let (container, plan) = try running(ContainerCall(service: call.service, number: call.number), on: stack)
        if try stack.container(of: plan.name).state == .paused {
            throw Failure(
                "'\(plan.name)' is paused", remedy: "let it go on: harness unpause \(call.service)",
                code: .unavailable)
        }
        var process = ExecProcess.plan(call, plan.process)
        if call.command.isEmpty { process.arguments = try await ExecProcess.shell(in: container) }
        let null = try OwnedDescriptor.open("/dev/null", O_RDWR)
        let streams =
            call.isDetached
            ? [null.rawValue, null.rawValue, null.rawValue] : descriptors.prefix(3).map(\.rawValue)
        guard streams.count == 3 else { throw Self.noStreams }
        let started = try await ExecProcess.start(process, in: container, streams, hasTerminal: call.hasTerminal)
        connection.send(.started)
        if call.isDetached { return connection.send(.done(code: 0)) }
        let code = await follow(started, connection)
        connection.send(.exited(name: nil, code: code))
        connection.send(.done(code: code))
    }

    /// Waits for a process's end, and passes on what it is signalled; a command that goes hangs up.
    func follow(_ process: any RunningProcess, _ connection: ControlConnection) async -> Int32 {
        let notes = Task(executorPreference: loop) {
            await self.passSignals(to: process, connection)
            if !Task.isCancelled { await Self.send(SIGHUP, to: process) }
        }
        let status = await process.wait()
        notes.cancel()
        return status.code
    }

    /// Passes signals on until the command goes.
    private func passSignals(to process: any RunningProcess, _ connection: ControlConnection) async {
        do {
            try await connection.notes { note in
                if case .signal(let number) = note { await Self.send(number, to: process) }
            }
        } catch {
            // Cancelled after its end, or nonsense, which is as good as none.
        }
    }

    static func send(_ signal: Int32, to process: any RunningProcess) async {
        guard (1...64).contains(signal) else { return }
        // Only a sandbox that has gone refuses, and the process has ended with it.
        do { try await process.send(signal: signal) } catch { return }
    }

    // MARK: Attach

    func attach(
        _ call: AttachCall, _ stack: Stack, _ descriptors: [SharedDescriptor], _ connection: ControlConnection
    ) async throws {
        let (container, plan) = try running(call.container, on: stack)
        guard descriptors.count == 3 else { throw Self.noStreams }
        let hasInput = call.hasInput ? try container.sendInput(over: descriptors[2].rawValue) : false
        /// How it ended; `nil`: the command has gone, or is too slow.
        let end = Latch<Int32?>()
        let relays = [
            try OutputRelay(to: descriptors[0], on: loop) { end.set(nil) },
            try OutputRelay(to: descriptors[1], on: loop) { end.set(nil) },
        ]
        let untap = container.tap { stream, bytes in
            relays[stream == .standardOutput ? 0 : 1].write(bytes)
        }
        defer { untap() }
        connection.send(.attached(hasTerminal: plan.isolation.hasTerminal, hasInput: hasInput))
        let notes = Task(executorPreference: loop) {
            await self.passSignals(to: container, connection)
            end.set(nil)
        }
        Task(executorPreference: loop) { end.set(await container.wait().code) }
        let code = try await end.wait()
        notes.cancel()
        for relay in relays { await relay.finish() }
        if let code {
            connection.send(.exited(name: plan.name, code: code))
            connection.send(.done(code: code))
        } else if relays.contains(where: \.isOverrun) {
            throw Failure(
                "'\(plan.name)' has printed more than was taken, and went on without the command",
                remedy: "see 'harness logs'", code: .engineFailed)
        }
    }
}
