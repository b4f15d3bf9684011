import CLinux
import Glibc
import LinuxKernel

/// What comes by standard input in place of a file: read once, and handed on as often as it is asked for.
enum StandardInputText {
    private static let maximumSize = 4 << 20

    /// Reads it to its end.
    static func read() throws(SystemCallError) -> String {
        String(decoding: try readAll(STDIN_FILENO, limit: maximumSize), as: UTF8.self)
    }

    /// A file in memory with the text, to be read from its beginning.
    static func file(of text: String) throws(SystemCallError) -> OwnedDescriptor {
        let memory = OwnedDescriptor(
            adopting: try checked("memfd_create") { clinux_memfd_create("input", clinux_MFD_CLOEXEC) })
        let number = memory.rawValue
        try writeAll(text.utf8, to: number)
        try checked("lseek") { lseek(number, 0, SEEK_SET) }
        return memory
    }
}
