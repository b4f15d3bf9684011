import CLinux
import Glibc
import LinuxKernel

/// A directory for one writer's work in progress, on the store's file system so that results can be renamed into place.
///
/// Its owner holds an exclusive flock(2) on it; the kernel drops the lock with the process, which is how a sweep tells
/// what has been abandoned. Removed with all it holds when the object goes.
package final class Staging: Sendable {
    /// An absolute path.
    package let path: String
    private let location: StoreLocation
    private let lock: OwnedDescriptor

    /// Makes a directory; its name is random. What dead writers have left is removed first.
    package init(in location: StoreLocation) throws {
        _ = try Self.sweep(location)
        // Passable, not readable: what an unprivileged helper works on is reached by those who know its random name.
        try makeDirectories(location.staging, mode: 0o711)
        while true {
            let path = "\(location.staging)/\(UInt64.random(in: .min ... .max))"
            try checked("mkdir", path) { mkdir(path, 0o700) }
            // A sweep may come between the two calls and take the directory for abandoned.
            guard let directory = try Self.openLocked(path) else { continue }
            self.path = path
            self.location = location
            lock = directory
            return
        }
    }

    deinit {
        do {
            try location.removeDirectory(path)
        } catch {
            // The next sweep tries again: nobody holds the lock then.
            return
        }
    }

    /// Removes what dead writers left; returns how many directories that was.
    package static func sweep(_ location: StoreLocation) throws -> Int {
        var removed = 0
        for name in try entriesIfPresent(location.staging) {
            let path = "\(location.staging)/\(name)"
            guard try openLocked(path) != nil else { continue }
            try location.removeDirectory(path)
            removed += 1
        }
        return removed
    }

    /// Opens and locks a directory; `nil` where somebody else has the lock, or it is no longer there.
    private static func openLocked(_ path: String) throws(SystemCallError) -> OwnedDescriptor? {
        guard let directory = try openIfPresent(path, O_RDONLY | O_DIRECTORY) else { return nil }
        guard try lockFile(directory.rawValue, LOCK_EX | LOCK_NB) else { return nil }
        guard try isStill(directory.rawValue, at: path) else { return nil }
        return Optional(directory)
    }
}

/// Locks an open file; `false` where `LOCK_NB` is asked for and somebody else has it.
///
/// The corresponding system call is `flock(2)`.
package func lockFile(_ file: CInt, _ operation: CInt) throws(SystemCallError) -> Bool {
    do {
        try checked("flock") { flock(file, operation) }
        return true
    } catch {
        if error.errno == EWOULDBLOCK { return false }
        throw error
    }
}

/// Whether a path still leads to an open file.
package func isStill(_ file: CInt, at path: String) throws(SystemCallError) -> Bool {
    var opened = stat()
    var named = stat()
    try checked("fstat", path) { fstat(file, &opened) }
    guard stat(path, &named) == 0 else { return false }
    return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
}
