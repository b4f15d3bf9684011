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
        try put(name, type: "0", mode: "0000644\0", size: size)
        left = size
        padding = Int((512 - size % 512) % 512)
        if size == 0 { padding = 0 }
    }

    /// Adds a directory, whose name ends in a slash.
    func directory(_ name: String) throws(SystemCallError) { try put(name, type: "5", mode: "0000755\0", size: 0) }

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

    private func put(_ name: String, type: Unicode.Scalar, mode: String, size: Int64) throws(SystemCallError) {
        var header = [UInt8](repeating: 0, count: TarHeader.size)
        func put(_ text: some Sequence<UInt8>, at offset: Int) {
            for (index, byte) in text.enumerated() { header[offset + index] = byte }
        }
        precondition(name.utf8.count <= 100, "names of archives that are written here are short")
        put(name.utf8, at: 0)
        put(mode.utf8, at: 100)
        for offset in [108, 116] { put("0000000\0".utf8, at: offset) }
        put(Self.size(size), at: 124)
        put("00000000000\0".utf8, at: 136)
        put("        ".utf8, at: 148)
        header[156] = UInt8(ascii: type)
        put("ustar\0".utf8, at: 257)
        put("00".utf8, at: 263)
        let checksum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
        put((String(repeating: "0", count: 6 - checksum.count) + checksum + "\0 ").utf8, at: 148)
        try writeAll(header, to: descriptor)
    }

    private static func size(_ size: Int64) -> [UInt8] {
        if size < 1 << 33 {
            let digits = String(size, radix: 8)
            return Array((String(repeating: "0", count: 11 - digits.count) + digits + "\0").utf8)
        }
        return [0x80, 0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * (7 - $0))) }
    }
}
