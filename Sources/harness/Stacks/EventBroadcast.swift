import LocalStacks
import Orchestration
import Synchronization

/// Tells commands that are connected what happens in the environment.
final class EventBroadcast: Sendable {
    private let listeners = Mutex<[ObjectIdentifier: ControlConnection]>([:])

    func add(_ connection: ControlConnection) {
        listeners.withLock { $0[ObjectIdentifier(connection)] = connection }
    }

    func remove(_ connection: ControlConnection) {
        _ = listeners.withLock { $0.removeValue(forKey: ObjectIdentifier(connection)) }
    }

    func send(_ event: Event) {
        // Lines have their files, and probes would be most of what is told.
        switch event.kind {
        case .output, .probed: return
        default: break
        }
        let present = listeners.withLock { Array($0.values) }
        guard !present.isEmpty else { return }
        let line = PlainProgress.line(for: event, verbose: false)
        let record: String?
        do {
            record = try EventRecord(event).map { try JSONOutput.line($0) }
        } catch {
            // A number that JSON does not have: people are told nevertheless.
            record = nil
        }
        guard line != nil || record != nil else { return }
        for connection in present { connection.send(.progress(ControlProgress(line: line, record: record))) }
    }
}
