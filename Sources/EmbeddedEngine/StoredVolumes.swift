import Containers
import Glibc
import ImageStore
import LinuxKernel
import Orchestration

/// The volumes of the store, and whether anybody has them.
public struct StoredVolumes {
    /// One volume.
    public struct Volume: Hashable, Sendable {
        /// Its name in the store.
        public var name: String
        /// Its directory.
        public var path: String
        /// Whether a container that runs has it.
        public var isInUse: Bool
    }

    /// Begins the name of what is being removed.
    private static let discarded = ".discarded-"

    private let store: StoreLocation

    /// Those of the store.
    public init(_ places: Places) { store = places.store }

    /// All of them, in the order of their names.
    ///
    /// - Throws: ``SystemCallError``.
    public func list() throws(SystemCallError) -> [Volume] {
        let mounted = try MountedRoots.current()
        return try entries().filter { !$0.hasPrefix(".") }.map { volume($0, mounted) }
    }

    /// - Throws: ``EngineError``: `volumeMissing`; ``SystemCallError``.
    public func volume(_ name: String) throws -> Volume {
        guard let volume = try list().first(where: { $0.name == name }) else {
            throw EngineError(.volumeMissing(name), remedy: "see 'harness volume ls'")
        }
        return volume
    }

    /// Bytes that a volume takes on the disk; `nil` where not all of it can be read.
    public func bytes(of volume: Volume) throws(SystemCallError) -> Int64? {
        do throws(SystemCallError) {
            return try allocatedBytes(below: volume.path)
        } catch {
            if error.errno == EACCES { return nil }
            throw error
        }
    }

    /// Removes a volume with all that is in it.
    ///
    /// - Returns: `false`, with nothing changed, where a container has it.
    /// - Throws: ``ImageStoreError``; ``SystemCallError``.
    public func remove(_ volume: Volume) throws -> Bool {
        for name in try entries() where name.hasPrefix(Self.discarded) {
            // Somebody was killed while he removed it.
            try store.removeDirectory("\(store.volumes)/\(name)")
        }
        if volume.isInUse { return false }
        var generator = SystemRandomNumberGenerator()
        let name = Self.discarded + String(UInt64.random(in: 0...(.max), using: &generator), radix: 16)
        let path = "\(store.volumes)/\(name)"
        // Nobody finds it from here on; whoever has found it just before is seen now.
        try checked("rename", volume.path) { rename(volume.path, path) }
        if try self.volume(name, MountedRoots.current()).isInUse {
            try checked("rename", path) { rename(path, volume.path) }
            return false
        }
        try store.removeDirectory(path)
        return true
    }

    private func entries() throws(SystemCallError) -> [String] {
        do throws(SystemCallError) {
            return try directoryEntries(store.volumes)
        } catch {
            if error.errno == ENOENT { return [] }
            throw error
        }
    }

    private func volume(_ name: String, _ mounted: MountedRoots) -> Volume {
        let path = "\(store.volumes)/\(name)"
        return Volume(name: name, path: path, isInUse: mounted.contains(path))
    }

    private func allocatedBytes(below path: String) throws(SystemCallError) -> Int64 {
        var total: Int64 = 0
        var waiting = [path]
        while let next = waiting.popLast() {
            var status = stat()
            try checked("lstat", next) { lstat(next, &status) }
            total += Int64(status.st_blocks) * 512
            if status.st_mode & S_IFMT == S_IFDIR {
                waiting += try directoryEntries(next).map { "\(next)/\($0)" }
            }
        }
        return total
    }
}
