import Glibc
import LinuxKernel
import OCI

/// Writes a blob and computes its digest.
final class BlobWriter {
    private let file: OwnedDescriptor
    private var hasher = DigestHasher()
    /// How many bytes there are.
    private(set) var size: Int64 = 0

    /// Makes the file, which must not exist.
    init(creating path: String) throws(SystemCallError) {
        file = try .open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
    }

    /// The digest of what has been written.
    var digest: Digest { hasher.finalize() }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        hasher.update(bytes)
        size += Int64(bytes.count)
        var rest = bytes
        while !rest.isEmpty {
            let count = try checked("write", "a blob") { Glibc.write(file.rawValue, rest.baseAddress, rest.count) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Waits until the blob is on the disk.
    func sync() throws(SystemCallError) { try checked("fdatasync", "a blob") { fdatasync(file.rawValue) } }
}
