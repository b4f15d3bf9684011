import Glibc
import LinuxKernel

/// Replaces a file as a whole: written beside it in `staging`, synced, renamed.
///
/// A crash leaves the old or the new one.
///
/// - Parameter isSynced: Whether it must survive a power failure from now on.
package func replaceFile(
    _ path: String, with bytes: [UInt8], staging: Staging, isSynced: Bool = true
) throws(SystemCallError) {
    try replaceFile(path, with: bytes, isSynced: isSynced, through: "\(staging.path)/file")
    if isSynced, let slash = path.lastIndex(of: "/") { try syncDirectory(String(path[..<slash])) }
}

/// Writes a file that is too large for memory; what is there already stays whole where it fails.
///
/// - Parameter body: Writes to the descriptor, of a new file beside it.
public func writingFile(_ path: String, _ body: (CInt) throws -> Void) throws {
    let temporary = "\(path).\(getpid()).part"
    defer { unlink(temporary) }
    let file = try OwnedDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
    try body(file.rawValue)
    try checked("fsync", path) { fsync(file.rawValue) }
    try checked("rename", path) { rename(temporary, path) }
}
