import EnvironmentFile
import Glibc
import LinuxKernel
import LocalStacks
import Orchestration
import OrderedCollections
import Synchronization

/// `run --service` in an environment that is up.
extension Monitor {
    func runOnce(
        _ call: RunCall, _ stack: Stack, _ descriptors: [SharedDescriptor], _ connection: ControlConnection
    ) async throws {
        let streams = descriptors.prefix(3).map(\.rawValue)
        guard streams.count == 3 else { throw Self.noStreams }
        var environment = try await load(call.up)
        if call.isLocked { environment = try LockFile.pinned(environment) }
        let name = call.name ?? stack.nextOneOffName(of: call.service, besides: environment.services.keys)
        environment = try ServiceCopy(call: call).added(to: environment, named: name)
        /// How the command is to end.
        let end = Latch<OneOffEnd>()
        let starting = Task(executorPreference: loop) { [environment] in
            try await self.startOneOff(name, call, environment, streams, stack, connection)
        }
        let following = Task(executorPreference: loop) {
            await self.follow(connection, starting, call.timeout, end)
        }
        let ending = try await end.wait()
        following.cancel()
        starting.cancel()
        // Whatever it has begun is known from here on.
        _ = await starting.result
        var options = Stack.StopOptions()
        if ending.isUrgent { options.gracePeriod = .zero }
        stack.report(await stack.endOneOff(name, options))
        switch ending {
        case .exited(let code):
            connection.send(.exited(name: nil, code: code))
            connection.send(.done(code: code))
        case .interrupted(let signal): connection.send(.done(code: 128 + signal))
        case .timedOut: connection.send(.done(code: ExitStatusCode.timedOut.rawValue))
        case .failed(let error): throw error
        }
        withExtendedLifetime(descriptors) {}
    }

    /// Why a command that runs a container once ends.
    private enum OneOffEnd: Sendable {
        case exited(Int32)
        case failed(any Error)
        /// By a signal before it ran, or by a second one; SIGHUP: the command has gone.
        case interrupted(Int32)
        case timedOut

        /// Nobody waits for it any longer.
        var isUrgent: Bool {
            switch self {
            case .timedOut: true
            case .interrupted(let signal): signal != SIGHUP
            default: false
            }
        }
    }

    /// Watches the container and the command, and says which of them has ended it.
    private func follow(
        _ connection: ControlConnection, _ starting: Task<any RunningProcess, any Error>, _ timeout: Double?,
        _ end: Latch<OneOffEnd>
    ) async {
        let running = Latch<any RunningProcess>()
        await withDiscardingTaskGroup { group in
            group.addTask {
                do {
                    let process = try await starting.value
                    running.set(process)
                    connection.send(.started)
                    await self.wait(for: process, timeout, end)
                } catch {
                    end.set(.failed(error))
                }
            }
            group.addTask {
                var count = 0
                do {
                    try await connection.notes { note in
                        guard case .signal(let number) = note, (1...64).contains(number) else { return }
                        if [SIGINT, SIGTERM].contains(number) { count += 1 }
                        if let process = running.value, count < 2 {
                            await Self.send(number, to: process)
                        } else {
                            end.set(.interrupted(number))
                        }
                    }
                } catch {
                    // Cancelled after its end, or nonsense, which is as good as none.
                }
                end.set(.interrupted(SIGHUP))
            }
        }
    }

    /// Waits for a process's end, for a bounded time.
    private func wait(for process: any RunningProcess, _ timeout: Double?, _ end: Latch<OneOffEnd>) async {
        let timer = timeout.map { timeout in
            Task(executorPreference: loop) { [loop] in
                do { try await loop.sleep(for: .seconds(timeout)) } catch { return }
                end.set(.timedOut)
            }
        }
        end.set(.exited(await process.wait().code))
        timer?.cancel()
    }

    private func startOneOff(
        _ name: String, _ call: RunCall, _ environment: EnvironmentFile.Environment, _ streams: [Int32],
        _ stack: Stack, _ connection: ControlConnection
    ) async throws -> any RunningProcess {
        broadcast.add(connection)
        defer { broadcast.remove(connection) }
        let request = try await planning(call.up).oneOffRequest(name, environment, streams: streams, on: stack)
        guard let request else { throw Failure("the service has no container", code: .usage) }
        do {
            return try await stack.startOneOff(request)
        } catch let error as BootError where error.service == name {
            guard let cause = error.engineError else { throw error }
            throw ExecProcess.failure(cause, otherwise: RunReporter.code(of: error))
        }
    }
}
