import Glibc
import LinuxKernel

/// Writes the content of regular files.
enum FileContent {
    static func write(_ bytes: UnsafeRawBufferPointer, to file: CInt) throws(SystemCallError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = try checked("write") { Glibc.write(file, rest.baseAddress, rest.count) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Puts the stored bytes where the map says; everything else stays a hole.
    static func writeSparse(
        _ map: [SparseRegion], size: Int64, to file: CInt, from reader: inout TarReader
    ) throws {
        try checked("ftruncate") { ftruncate(file, Int(size)) }
        var regions = map[...]
        var position = regions.first?.offset ?? 0
        try reader.readContent { bytes in
            var rest = bytes
            while !rest.isEmpty, let region = regions.first {
                let room = region.offset + region.length - position
                if room == 0 {
                    regions.removeFirst()
                    position = regions.first?.offset ?? 0
                    continue
                }
                let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(min(room, Int64(rest.count)))))
                let count = try checked("pwrite") { pwrite(file, part.baseAddress, part.count, Int(position)) }
                position += Int64(count)
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
