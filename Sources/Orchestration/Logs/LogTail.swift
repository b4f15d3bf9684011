import EnvironmentFile
import Synchronization

/// The last lines that a service printed, and who waits for one of them.
final class LogTail: Sendable {
    /// Kept at most, and each up to so many bytes: 50 KiB a service.
    static let lineLimit = 50
    static let byteLimit = 1024

    private struct State {
        var lines: [LogLine] = []
        /// Where the oldest line is once the buffer is full.
        var oldest = 0
        var watches: [(pattern: LogPattern, found: Latch<Void>)]
    }

    private let state: Mutex<State>

    /// - Parameter patterns: What is waited for, from the first line on; each with the latch to set.
    init(watching patterns: [(pattern: LogPattern, found: Latch<Void>)] = []) {
        state = Mutex(State(watches: patterns))
    }

    /// Takes the next line.
    func append(_ line: LogLine) {
        var kept = line
        if kept.text.utf8.count > Self.byteLimit {
            kept.text = String(decoding: kept.text.utf8.prefix(Self.byteLimit), as: UTF8.self) + "…"
        }
        let found = state.withLock { state -> [Latch<Void>] in
            if state.lines.count < Self.lineLimit {
                state.lines.append(kept)
            } else {
                state.lines[state.oldest] = kept
                state.oldest = (state.oldest + 1) % Self.lineLimit
            }
            guard !state.watches.isEmpty else { return [] }
            let matching = state.watches.filter { $0.pattern.matches(line.text) }.map(\.found)
            if !matching.isEmpty { state.watches.removeAll { watch in matching.contains { $0 === watch.found } } }
            return matching
        }
        for latch in found { latch.set(()) }
    }

    /// The kept lines, the oldest first.
    var lines: [LogLine] {
        state.withLock { state in Array(state.lines[state.oldest...] + state.lines[..<state.oldest]) }
    }
}
