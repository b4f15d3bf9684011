import Glibc
import LinuxKernel

/// Results; progress and diagnostics go to standard error.
enum StandardOutput {
    /// Writes the text at once and whole.
    static func write(_ text: String) throws { try writeAll(text.utf8, to: STDOUT_FILENO) }
}
