import CLinux
import Glibc

/// Replaces a file as a whole: written under another name, renamed. Who looks sees the old or the new one, after a crash
/// too; the new one belongs to the caller, whoever had the old one, and a symbolic link is replaced itself.
///
/// - Parameters:
///   - mode: Its permission bits, before the umask.
///   - isSynced: Whether its bytes are on the disk before it has its name (fsync(2)); its name is for
///     ``syncDirectory(_:)``.
///   - temporary: The other name, on the same file system; what has it goes. By default one beside it that nobody can
///     guess.
/// - Throws: ``SystemCallError``, `ENOSPC` where the disk is full: the old file stays, and nothing else.
public func replaceFile(
    _ path: String, with bytes: some Collection<UInt8>, mode: mode_t = 0o644, isSynced: Bool = true,
    through temporary: String? = nil
) throws(SystemCallError) {
    let temporary = temporary ?? "\(path).\(String(UInt64.random(in: .min ... .max), radix: 16)).new"
    if unlink(temporary) == -1, errno != ENOENT {
        throw SystemCallError(call: "unlink", errno: errno, subject: temporary)
    }
    do throws(SystemCallError) {
        let file = try OwnedDescriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        try writeAll(bytes, to: file.rawValue)
        if isSynced { try checked("fsync", path) { fsync(file.rawValue) } }
        try checked("rename", path) { rename(temporary, path) }
    } catch {
        unlink(temporary)
        // A write does not know what it writes to.
        throw error.subject.isEmpty ? SystemCallError(call: error.call, errno: error.errno, subject: path) : error
    }
}

/// Waits until a directory's names are on the disk (fsync(2)).
public func syncDirectory(_ path: String) throws(SystemCallError) {
    let directory = try OwnedDescriptor.open(path, O_RDONLY | O_DIRECTORY)
    try checked("fsync", path) { fsync(directory.rawValue) }
}
