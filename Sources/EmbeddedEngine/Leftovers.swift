import Containers
import ControlGroups
import Glibc
import ImageStore
import LinuxKernel

/// What a sandbox that was killed leaves behind: plain directories and empty control groups.
public enum Leftovers {
    /// Removes a runtime directory that the caller holds, and everything that has its name.
    static func remove(_ directory: RuntimeDirectory, diskScratch: String?) throws {
        try SandboxGroups.remove(identifier: directory.identifier)
        if let diskScratch { try removeScratch("\(diskScratch)/\(directory.identifier)") }
        try directory.remove()
    }

    /// What containers have written may belong to the user's subordinate ids.
    private static func removeScratch(_ path: String) throws {
        do throws(SystemCallError) {
            try removeTree(path)
        } catch {
            guard geteuid() != 0, [EACCES, EPERM].contains(error.errno) else { throw error }
            try StoreWorker.remove(path)
        }
    }

    /// Removes what belongs to owners that have died; of those that live nothing is touched.
    ///
    /// - Returns: The identifiers of what was removed.
    @discardableResult
    public static func sweep(runtimeRoot: String, diskScratch: String) throws -> [String] {
        let abandoned = try RuntimeDirectory.abandoned(in: runtimeRoot)
        for directory in abandoned { try remove(directory, diskScratch: diskScratch) }
        return abandoned.map(\.identifier)
    }
}
