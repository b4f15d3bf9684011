import CLinux
import Glibc
import LinuxKernel

extension ImageStore {
    /// Seconds for which a broken download can be gone on with: a day.
    static let downloadLifetime = 24 * 3600

    /// Removes downloads that are older, and the locks of processes that were killed; returns how many downloads.
    ///
    /// - Parameter age: Seconds since the last byte came.
    func sweepDownloads(olderThan age: Int = downloadLifetime) throws(SystemCallError) -> Int {
        var removed = 0
        let suffix = ".lock"
        let names = try entriesIfPresent(location.downloads)
        let blobs = Set(names.map { $0.hasSuffix(suffix) ? String($0.dropLast(suffix.count)) : $0 })
        for blob in blobs.sorted() {
            let path = "\(location.downloads)/\(blob)"
            // Nobody can begin while the lock is held, and it goes as its owner's would.
            let lock = try OwnedDescriptor.open(path + suffix, O_RDWR | O_CREAT, mode: 0o600)
            guard try lockFile(lock.rawValue, LOCK_EX | LOCK_NB), try isStill(lock.rawValue, at: path + suffix) else {
                continue
            }
            var status = stat()
            if stat(path, &status) == 0, time(nil) - status.st_mtim.tv_sec >= age {
                try checked("unlink", path) { unlink(path) }
                removed += 1
            }
            try checked("unlink", path) { unlink(path + suffix) }
        }
        return removed
    }
}
