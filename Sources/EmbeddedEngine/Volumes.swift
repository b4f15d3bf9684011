import Containers
import Glibc
import ImageStore
import LinuxKernel
import Orchestration

extension Places {
    /// The directory of a volume in the store.
    ///
    /// - Throws: ``EngineError`` of kind `volumeMissing` for an external one that is not there.
    func volume(_ name: String, _ plan: VolumePlan?) throws -> String {
        let path = "\(store.volumes)/\(name)"
        if plan?.lifetime == .external {
            guard access(path, F_OK) == 0 else {
                throw EngineError(
                    .volumeMissing(name), remedy: "make it: mkdir -p \(path), or take 'external: true' away")
            }
            return path
        }
        try makeDirectories(path)
        return path
    }
}
