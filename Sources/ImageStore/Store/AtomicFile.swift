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
