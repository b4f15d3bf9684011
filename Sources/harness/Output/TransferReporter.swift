import ImageTransfer
import OCI
import Synchronization

/// Shows a pull or a push: a line that is redrawn on a terminal, a line every few seconds elsewhere; nothing where quiet.
final class TransferReporter: Sendable {
    private struct State {
        var progress = TransferProgress()
        var lastShown: ContinuousClock.Instant?
        var isDrawn = false
    }

    private let label: String
    private let isQuiet: Bool
    private let isTerminal = StandardError.isTerminal
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(label: String, isQuiet: Bool) { (self.label, self.isQuiet) = (label, isQuiet) }

    func show(_ event: TransferEvent) {
        guard !isQuiet else { return }
        state.withLock { state in
            switch event {
            case .progress(let progress):
                state.progress = progress
                draw(&state)
            case .waiting(let digest):
                write("\(label): \(digest.hex.prefix(12)) is being fetched by another process; waiting for it", &state)
            case .notice(let text): write("\(label): \(text)", &state)
            }
        }
    }

    /// Takes the line away.
    func finish() {
        state.withLock { state in
            if state.isDrawn { StandardError.write("\r\u{1b}[K") }
            state.isDrawn = false
        }
    }

    /// How long it has taken, and how fast it was: the end of a summary.
    var timing: String {
        let elapsed = ContinuousClock.now - start
        return "in \(elapsed.short)"
    }

    private func draw(_ state: inout State) {
        let now = ContinuousClock.now
        let pause: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
        // A log needs no line for what is over at once.
        guard now - (state.lastShown ?? (isTerminal ? start - pause : start)) >= pause else { return }
        state.lastShown = now
        let text = Self.text(label, state.progress, elapsed: now - start)
        StandardError.write(isTerminal ? "\r\u{1b}[K\(text)" : "\(text)\n")
        state.isDrawn = isTerminal
    }

    private func write(_ line: String, _ state: inout State) {
        StandardError.write("\(state.isDrawn ? "\r\u{1b}[K" : "")\(line)\n")
        state.isDrawn = false
    }

    static func text(_ label: String, _ progress: TransferProgress, elapsed: Duration) -> String {
        let rate = Double(progress.bytes) / max(elapsed / .seconds(1), 0.001)
        let layers = "\(progress.layers) of \(progress.layerCount) layers"
        guard progress.bytes < progress.total else { return "\(label): all bytes there, unpacking; \(layers)" }
        return "\(label): \(humanReadable(bytes: progress.bytes)) of \(humanReadable(bytes: progress.total)), "
            + "\(humanReadable(bytes: Int64(rate)))/s, \(layers)"
    }
}
