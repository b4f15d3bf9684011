import Glibc
import LinuxKernel

/// Progress and diagnostics; results go to standard output.
enum StandardError {
    /// Writes the text at once and whole, so that lines of several processes do not mix.
    static func write(_ text: String) {
        do {
            try writeAll(text.utf8, to: STDERR_FILENO)
        } catch {
            // Nobody reads it.
            return
        }
    }

    /// Whether it is a terminal.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
