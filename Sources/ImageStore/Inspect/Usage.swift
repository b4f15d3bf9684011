import CLinux
import Glibc
import LinuxKernel
import OCI

/// What the store takes on the disk.
public struct StoreUsage: Hashable, Sendable {
    /// A number of things and the bytes that they take, as the file system counts them.
    public struct Amount: Hashable, Sendable {
        /// How many.
        public var count = 0
        /// How much.
        public var bytes: Int64 = 0

        mutating func add(_ bytes: Int64) {
            count += 1
            self.bytes += bytes
        }
    }

    /// Images, with what only they have: without what they share with others.
    public var images = Amount()
    /// Compressed content.
    public var blobs = Amount()
    /// Unpacked layers.
    public var layers = Amount()
    /// Broken downloads.
    public var downloads = Amount()
    /// Blobs and layers that no image has, and broken downloads: what a sweep would free in time.
    public var reclaimable: Int64 = 0

    /// Blobs, layers and downloads.
    public var total: Int64 { blobs.bytes + layers.bytes + downloads.bytes }
}

extension ImageStore {
    /// Adds up what the store takes on the disk; looks at every file of it.
    public func usage() throws(ImageStoreError) -> StoreUsage {
        try storing {
            var usage = StoreUsage()
            var users: [String: Set<Digest>] = [:]
            for entry in try IndexFile(location).index.manifests {
                for path in try paths(of: entry) { users[path, default: []].insert(entry.digest) }
            }
            usage.images.count = Set(users.values.joined()).count
            for (directory, amount) in [
                (location.blobs, \StoreUsage.blobs), (location.layers, \.layers), (location.downloads, \.downloads),
            ] {
                for name in try entriesIfPresent(directory) where !name.hasSuffix(".lock") {
                    let bytes = try diskSize(at: "\(directory)/\(name)")
                    usage[keyPath: amount].add(bytes)
                    switch users["\(directory)/\(name)"]?.count {
                    case nil: usage.reclaimable += bytes
                    case 1: usage.images.bytes += bytes
                    default: break
                    }
                }
            }
            return usage
        }
    }

    /// The files and directories that an image needs.
    func paths(of entry: Descriptor) throws -> [String] {
        var blobs: Set<Digest> = []
        var layers: Set<Digest> = []
        try collect(entry, blobs: &blobs, layers: &layers)
        return blobs.map(location.blob) + layers.map(location.layer)
    }
}

/// The bytes that a file, or a directory with all it holds, takes on the disk; hard links count once.
///
/// 0 where nothing is there.
func diskSize(at path: String) throws(SystemCallError) -> Int64 {
    var seen: Set<ino_t> = []
    return try diskSize(cString(Array(path.utf8)), &seen)
}

private func diskSize(_ path: [CChar], _ seen: inout Set<ino_t>) throws(SystemCallError) -> Int64 {
    var status = stat()
    do {
        try checked("lstat", text(path)) { lstat(path, &status) }
    } catch {
        if error.errno == ENOENT { return 0 }
        throw error
    }
    guard status.st_nlink == 1 || seen.insert(status.st_ino).inserted else { return 0 }
    // st_blocks is in units of 512 bytes, whatever the file system's own are (stat(2)).
    var bytes = Int64(status.st_blocks) * 512
    guard status.st_mode & S_IFMT == S_IFDIR else { return bytes }
    guard let directory = try openIfPresent(text(path), O_RDONLY | O_DIRECTORY) else { return bytes }
    for name in try entries(of: directory.rawValue) {
        bytes += try diskSize(path.dropLast() + [CChar(bitPattern: UInt8(ascii: "/"))] + name, &seen)
    }
    return bytes
}
