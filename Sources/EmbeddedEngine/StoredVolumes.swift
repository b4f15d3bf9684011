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

/// Which directories of the host's file systems are mounted anywhere, in whichever mount namespace.
struct MountedRoots {
    /// A line of /proc/PID/mountinfo (proc_pid_mountinfo(5)).
    struct Mount: Hashable {
        var device: Substring
        /// The directory in the file system that is mounted.
        var root: String
        var point: String

        init?(_ line: Substring) {
            let fields = line.split(separator: " ", maxSplits: 5)
            guard fields.count == 6 else { return nil }
            device = fields[2]
            root = Self.unescaped(fields[3])
            point = Self.unescaped(fields[4])
        }

        /// Blanks, tabs, line feeds and backslashes are written as three octal digits.
        static func unescaped(_ text: Substring) -> String {
            var bytes: [UInt8] = []
            var rest = Array(text.utf8)[...]
            while let byte = rest.popFirst() {
                let digits = rest.prefix(3).map { Int($0) - 0x30 }
                if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy((0...7).contains) {
                    bytes.append(UInt8(truncatingIfNeeded: digits[0] * 64 + digits[1] * 8 + digits[2]))
                    rest = rest.dropFirst(3)
                } else {
                    bytes.append(byte)
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Those of this process.
    let own: [Mount]
    /// Those of all processes that can be looked at.
    let all: Set<Mount>

    static func current() throws(SystemCallError) -> MountedRoots {
        var all: Set<Mount> = []
        var seen: Set<String> = []
        for name in try directoryEntries("/proc") where name.allSatisfy(\.isNumber) {
            // One that has ended meanwhile, or is another user's, has no text.
            guard let text = text(of: name), seen.insert(text).inserted else { continue }
            all.formUnion(mounts(in: text))
        }
        return MountedRoots(own: text(of: "self").map(mounts) ?? [], all: all)
    }

    static func mounts(in text: String) -> [Mount] { text.split(separator: "\n").compactMap(Mount.init) }

    /// Whether a directory, or one below it, is mounted.
    func contains(_ path: String) -> Bool {
        guard let resolved = realpath(path, nil) else { return false }
        defer { free(resolved) }
        let path = String(cString: resolved)
        let around = own.filter { $0.point == "/" || path == $0.point || path.hasPrefix($0.point + "/") }
        guard let mount = around.max(by: { $0.point.utf8.count < $1.point.utf8.count }) else { return false }
        let rest = mount.point == "/" ? path : String(path.dropFirst(mount.point.count))
        let root = mount.root == "/" ? rest : mount.root + rest
        return all.contains { $0.device == mount.device && ($0.root == root || $0.root.hasPrefix(root + "/")) }
    }

    private static func text(of process: String) -> String? {
        do throws(SystemCallError) {
            let file = try OwnedDescriptor.open("/proc/\(process)/mountinfo", O_RDONLY)
            return String(decoding: try readAll(file.rawValue), as: UTF8.self)
        } catch {
            return nil
        }
    }
}
