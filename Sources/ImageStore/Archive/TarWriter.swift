import Glibc
import LinuxKernel

/// Writes an archive of plain files to a descriptor: ustar, GNU's base 256 for sizes from 8 GiB on; no times, no owners,
/// so that equal content gives equal archives.
final class TarWriter {
    private let descriptor: CInt
    private var left: Int64 = 0
    private var padding = 0

    init(_ descriptor: CInt) { self.descriptor = descriptor }

    /// Begins a file; so many bytes must follow.
    ///
    /// - Parameter name: At most 100 bytes.
    func begin(_ name: String, size: Int64) throws(SystemCallError) {
        try put(name, type: "0", mode: 0o644, size: size)
        left = size
        padding = Int((512 - size % 512) % 512)
        if size == 0 { padding = 0 }
    }

    /// Adds a directory, whose name ends in a slash.
    func directory(_ name: String) throws(SystemCallError) { try put(name, type: "5", mode: 0o755, size: 0) }

    /// The next bytes of the file that has begun.
    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        try FileContent.write(bytes, to: descriptor)
        left -= Int64(bytes.count)
        if left == 0, padding > 0 {
            try writeAll([UInt8](repeating: 0, count: padding), to: descriptor)
            padding = 0
        }
    }

    /// Adds a whole file.
    func file(_ name: String, _ content: [UInt8]) throws(SystemCallError) {
        try begin(name, size: Int64(content.count))
        do {
            try content.withUnsafeBytes { try write($0) }
        } catch let error as SystemCallError {
            throw error
        } catch {
            throw SystemCallError(call: "write", errno: EIO, subject: name)
        }
    }

    /// Two blocks of zeros.
    func finish() throws(SystemCallError) { try writeAll([UInt8](repeating: 0, count: 1024), to: descriptor) }

    private func put(_ name: String, type: Unicode.Scalar, mode: UInt32, size: Int64) throws(SystemCallError) {
        precondition(name.utf8.count <= TarHeader.nameSize, "names of archives that are written here are short")
        var entry = TarEntry(name: Array(name.utf8))
        entry.mode = mode
        entry.size = size
        try writeAll(TarHeader.block(entry, typeFlag: UInt8(ascii: type)), to: descriptor)
    }
}
