import Containers
import ControlGroups
import Glibc
import ImageStore
import LinuxKernel

/// What a sandbox that was killed leaves behind: plain directories and empty control groups.
public enum Leftovers {
    /// Removes a runtime directory that the caller holds, and everything that has its name.
    ///
    /// - Parameter hierarchies: Those of the calling process, where it has looked for them already.
    public static func remove(
        _ directory: RuntimeDirectory, diskScratch: String?, hierarchies: Hierarchies? = nil
    ) throws {
        try clear(directory, diskScratch: diskScratch, hierarchies: hierarchies)
        try directory.remove()
    }

    /// Removes everything that has the name of a runtime directory, but not the directory.
    static func clear(_ directory: RuntimeDirectory, diskScratch: String?, hierarchies: Hierarchies? = nil) throws {
        try SandboxGroups.remove(identifier: directory.identifier, from: try hierarchies ?? Hierarchies.current())
        if let diskScratch { try removeScratch("\(diskScratch)/\(directory.identifier)") }
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
