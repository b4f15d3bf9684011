import Glibc
import LinuxKernel

/// A result that was asked for as a file.
enum OutputFile {
    /// Writes the text to `path`; a file that is there is replaced.
    static func write(_ text: String, to path: String) throws {
        let descriptor = try OwnedDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        let number = descriptor.rawValue
        defer { withExtendedLifetime(descriptor) {} }
        try writeAll(text.utf8, to: number)
    }
}
