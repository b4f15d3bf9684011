import Containers
import EmbeddedEngine
import Glibc
import ImageStore
import LinuxKernel
import LocalStacks
import Orchestration
import Synchronization

extension Monitor {
    /// Notes a command that waits for the environment's end.
    func awaitEnd(_ connection: ControlConnection) { state.withLock { $0.downs.append(connection) } }

    /// Takes everything down and tells those who wait for it.
    func takeDown(_ bootCode: ExitStatusCode) async throws -> ExitStatusCode {
        let reason = ending.value ?? .finished
        var options = Stack.StopOptions()
        var removesVolumes = false
        var images: DownCall.Images?
        if case .asked(let call) = reason {
            options.gracePeriod = call.timeout.map { .seconds($0) }
            removesVolumes = call.removesVolumes
            images = call.images
            if call.isUrgent { interruption.hurry() }
        }
        if case .signal(let signal) = reason { handle(.interrupted(signal: signal)) }
        var failures: [TeardownFailure] = []
        if let stack { failures = await stack.close(options, interruption: interruption) }
        try await engine.close()
        logs.flush()
        for failure in failures { handle(.teardownFailed(failure)) }
        if removesVolumes { removeVolumes() }
        if let images { removeImages(images) }
        clearUp(reason)
        closed.set(())
        for connection in state.withLock({ $0.downs }) {
            connection.send(.done(code: 0))
            await connection.flush()
        }
        state.withLock { $0.server }?.close()
        return code(for: reason, bootCode)
    }

    /// What is written down goes last: until then somebody could see what has happened.
    private func clearUp(_ reason: Ending) {
        clearUp("what is written down of it") {
            guard case .lost = reason else { return try records.remove(identity.identifier) }
            // The next command says so.
            guard var record = try records.read(identity.identifier) else { return }
            record.loss = "its launcher was killed, or has crashed"
            try records.write(record)
        }
        clearUp(directory.path) { try directory.remove() }
    }

    /// A step that fails keeps nobody from the next.
    private func clearUp(_ subject: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            handle(.teardownFailed(TeardownFailure(step: "clear up \(subject)", cause: error)))
        }
    }

    private func removeVolumes() {
        for volume in stack?.plan.volumes ?? [] where volume.lifetime == .persistent {
            do {
                try places.store.removeDirectory("\(places.store.volumes)/\(volume.name)")
            } catch {
                handle(.teardownFailed(TeardownFailure(step: "remove the volume \(volume.name)", cause: error)))
            }
        }
    }

    private func removeImages(_ images: DownCall.Images) {
        let requests = state.withLock { $0.images }
        let (removed, failures) = engine.removeImages(
            requests.sorted { $0.name < $1.name }, named: images == .all)
        for name in removed { handle(.imageRemoved(name)) }
        for failure in failures { handle(.teardownFailed(failure)) }
    }

    private func code(for reason: Ending, _ bootCode: ExitStatusCode) -> ExitStatusCode {
        let exits = state.withLock { $0.exits }
        switch reason {
        case .aborted(_, let code):
            let chosen = attachment?.exitCodeFrom.map { name in exits[name] ?? code }
            return ExitStatusCode(rawValue: chosen ?? code)
        case .signal(let signal): return ExitStatusCode(rawValue: 128 + signal)
        case .lost: return .engineFailed
        case .asked, .unreachable, .finished: return bootCode
        }
    }
}
