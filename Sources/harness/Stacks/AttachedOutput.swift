import EmbeddedEngine
import EnvironmentFile
import Glibc
import LocalStacks

/// Lines of several containers on one terminal: each behind the name of its own, in a colour of its own.
final class AttachedOutput: Sendable {
    /// What is left for lines beside the names, at the least.
    private static let minimumRoom = 20
    /// For a terminal that does not say how wide it is: as good as no bound.
    private static let unknownColumns = 100_000

    private let width: Int
    private let names: [String: Int]
    private let isShown: @Sendable (String) -> Bool
    private let hasPrefix: Bool
    private let palette = Palette(for: STDOUT_FILENO)
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    /// Whether it knows escape sequences.
    private let knowsStyles = Places.variables["TERM"] != "dumb"

    /// - Parameters:
    ///   - containers: All that may print, for the width of the names' column.
    ///   - hasPrefix: Whether the names are shown.
    ///   - isShown: Whether a container's lines are.
    init(
        containers: [String], hasPrefix: Bool = true, isShown: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
        width = containers.map { DisplayWidth.of($0) }.max() ?? 0
        names = Dictionary(containers.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        self.isShown = isShown
        self.hasPrefix = hasPrefix
    }

    /// Writes a line; nobody reading it is no error.
    func write(_ text: String, of container: String, time: String? = nil) {
        guard isShown(container) else { return }
        do {
            try StandardOutput.write(self.text(text, of: container, time: time))
        } catch {
            // The reader has gone.
            return
        }
    }

    /// The line as it is written, with its line feed; on a terminal in pieces that fit beside the name, without what
    /// would move the cursor.
    func text(_ text: String, of container: String, time: String? = nil) -> String {
        let line = (time.map { "\($0) " } ?? "") + text
        guard hasPrefix else { return line + "\n" }
        // Asked each time: the terminal may have got another size.
        guard isTerminal else { return "\(prefix(container, width))\(line)\n" }
        let columns = TerminalSize.of(STDOUT_FILENO)?.columns ?? Self.unknownColumns
        let width = min(width, max(columns - Self.minimumRoom - Self.separator.count, columns / 3))
        let room = max(columns - width - Self.separator.count, 2)
        let prefix = prefix(container, width)
        return TerminalText.rows(of: line, columns: room, keepsStyles: knowsStyles).map { "\(prefix)\($0)\n" }.joined()
    }

    private static let separator = " | "

    private func prefix(_ container: String, _ width: Int) -> String {
        let name = TerminalText.cut(container, columns: width)
        let padding = String(repeating: " ", count: max(width - DisplayWidth.of(name), 0))
        return palette.name("\(name)\(padding)\(Self.separator)", names[container] ?? 0)
    }
}
