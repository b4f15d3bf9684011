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
    let temporary = "\(staging.path)/file"
    do {
        let file = try OwnedDescriptor.open(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try writeAll(bytes, to: file.rawValue)
        if isSynced { try checked("fsync", path) { fsync(file.rawValue) } }
    }
    try checked("rename", path) { rename(temporary, path) }
    if isSynced, let slash = path.lastIndex(of: "/") { try syncDirectory(String(path[..<slash])) }
}

/// Waits until a directory's names are on the disk.
package func syncDirectory(_ path: String) throws(SystemCallError) {
    let directory = try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY)
    try checked("fsync", path) { fsync(directory.rawValue) }
}
