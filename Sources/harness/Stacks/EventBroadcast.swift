import LocalStacks
import Orchestration
import Synchronization

/// Tells commands that are connected what happens in the environment.
final class EventBroadcast: Sendable {
    private struct Listener {
        let connection: ControlConnection
        let isVerbose: Bool
    }

    private let listeners = Mutex<[ObjectIdentifier: Listener]>([:])

    /// - Parameter isVerbose: Whether its lines tell what goes as it should, too.
    func add(_ connection: ControlConnection, isVerbose: Bool = false) {
        listeners.withLock {
            $0[ObjectIdentifier(connection)] = Listener(connection: connection, isVerbose: isVerbose)
        }
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
        let terse = PlainProgress.line(for: event, verbose: false)
        let verbose = PlainProgress.line(for: event, verbose: true)
        let record: String?
        do {
            record = try EventRecord(event).map { try JSONOutput.line($0) }
        } catch {
            // A number that JSON does not have: people are told nevertheless.
            record = nil
        }
        for listener in present {
            let line = listener.isVerbose ? verbose : terse
            guard line != nil || record != nil else { continue }
            listener.connection.send(.progress(ControlProgress(line: line, record: record)))
        }
    }
}
