/// A line on the terminal that tells how many bytes have gone by and how fast; nothing where there is no terminal.
final class ByteMeter {
    private let label: String
    private let isShown: Bool
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?

    init(label: String) {
        self.label = label
        isShown = StandardError.isTerminal
    }

    /// At most ten times a second.
    func show(_ bytes: Int64, of total: Int64?) {
        let now = ContinuousClock.now
        guard isShown, lastShown.map({ now - $0 >= .milliseconds(100) }) ?? true else { return }
        lastShown = now
        let seconds = max((now - start) / .seconds(1), 0.001)
        let rate = humanReadable(bytes: Int64(Double(bytes) / seconds))
        let amount = total.map { "\(humanReadable(bytes: bytes)) of \(humanReadable(bytes: $0))" }
        StandardError.write("\r\u{1b}[K\(label): \(amount ?? humanReadable(bytes: bytes)), \(rate)/s")
    }

    /// Takes the line away.
    func finish() {
        if lastShown != nil { StandardError.write("\r\u{1b}[K") }
    }
}
