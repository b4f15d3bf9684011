import CLinux
import EmbeddedEngine
import Glibc
import LinuxKernel
import Orchestration
import Synchronization

/// Lines of several containers on one terminal: each behind the name of its own, in a colour of its own.
final class AttachedOutput: Sendable {
    /// Of the names; the terminal's own colours, which are legible on light and dark.
    private static let colours = ["36", "33", "32", "35", "34", "96", "93", "92", "95", "94"]

    private let width: Int
    private let names: [String: Int]
    private let isShown: @Sendable (String) -> Bool
    private let hasPrefix: Bool
    private let hasColour: Bool
    private let columns: Int?

    /// - Parameters:
    ///   - containers: All that may print, for the width of the names' column.
    ///   - hasPrefix: Whether the names are shown.
    ///   - isShown: Whether a container's lines are.
    init(
        containers: [String], hasPrefix: Bool = true, hasColour: Bool = AttachedOutput.wantsColour,
        isShown: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
        width = containers.map(\.count).max() ?? 0
        names = Dictionary(containers.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        self.isShown = isShown
        self.hasPrefix = hasPrefix
        self.hasColour = hasColour
        columns = Self.terminalColumns
    }

    /// A terminal, and nobody who asked for plain text.
    static var wantsColour: Bool {
        let variables = Places.variables
        return isatty(STDOUT_FILENO) == 1 && variables["NO_COLOR", default: ""].isEmpty && variables["CI"] != "true"
            && variables["TERM"] != "dumb"
    }

    private static var terminalColumns: Int? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return nil
        }
        return Int(size.ws_col)
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

    /// The line as it is written, with its line feed; on a terminal in pieces that fit beside the name.
    func text(_ text: String, of container: String, time: String? = nil) -> String {
        let line = (time.map { "\($0) " } ?? "") + text
        guard hasPrefix else { return line + "\n" }
        let padding = String(repeating: " ", count: max(width - container.count, 0))
        var prefix = "\(container)\(padding) | "
        let room = columns.map { $0 - width - 3 }
        if hasColour, let number = names[container] {
            prefix = "\u{1b}[\(Self.colours[number % Self.colours.count])m\(prefix)\u{1b}[0m"
        }
        // What moves the cursor or has a width of its own is left as it is.
        guard let room, room >= 20, line.count > room, line.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            return "\(prefix)\(line)\n"
        }
        var result = ""
        var rest = Substring(line)
        while !rest.isEmpty {
            result += "\(prefix)\(rest.prefix(room))\n"
            rest = rest.dropFirst(room)
        }
        return result
    }
}
