import CLinux
import Glibc
import LinuxKernel

/// What a directory holds, as far as an image's archive can say it: without times.
final class FileTree {
    /// A file, directory, link or device.
    final class Node {
        var status: stat
        /// Absolute, null-terminated; of what several layers have, that of the uppermost.
        var path: [CChar]
        /// By name; of directories.
        var children: [[UInt8]: Node] = [:]
        /// Of directories in overlayfs(5)'s form: hides what lower layers have in it.
        let isOpaque: Bool

        init(path: [CChar], status: stat, isOpaque: Bool) {
            self.path = path
            self.status = status
            self.isOpaque = isOpaque
        }

        var type: mode_t { status.st_mode & S_IFMT }
        /// A character device 0:0 hides a file of lower layers.
        var isWhiteout: Bool { type == S_IFCHR && status.st_rdev == 0 }
    }

    let root: Node

    /// Reads a directory; follows no link.
    init(_ directory: String) throws(SystemCallError) {
        root = try Self.read(cString(Array(directory.utf8)))
    }

    /// The layers of an image as one tree, base first, as a container sees them.
    init(layers: [String]) throws(SystemCallError) {
        let empty = Node(path: [0], status: stat(), isOpaque: false)
        empty.status.st_mode = S_IFDIR | 0o755
        for layer in layers { Self.put(try Self.read(cString(Array(layer.utf8))), over: empty) }
        root = empty
    }

    private static func read(_ path: [CChar]) throws(SystemCallError) -> Node {
        var status = stat()
        try checked("lstat", text(path)) { lstat(path, &status) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return Node(path: path, status: status, isOpaque: false) }
        let node = Node(path: path, status: status, isOpaque: isOpaque(path))
        let directory = OwnedDescriptor(
            adopting: try checked("open", text(path)) {
                clinux_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0)
            })
        for name in try entries(of: directory.rawValue) {
            let child = path.dropLast() + [CChar(bitPattern: UInt8(ascii: "/"))] + name
            node.children[name.dropLast().map { UInt8(bitPattern: $0) }] = try read(Array(child))
        }
        return node
    }

    private static func isOpaque(_ path: [CChar]) -> Bool {
        ["trusted.overlay.opaque", "user.overlay.opaque"].contains { name in
            var value: UInt8 = 0
            return lgetxattr(path, name, &value, 1) == 1 && value == UInt8(ascii: "y")
        }
    }

    /// Puts a directory of an upper layer over the one below.
    private static func put(_ upper: Node, over lower: Node) {
        (lower.status, lower.path) = (upper.status, upper.path)
        if upper.isOpaque { lower.children = [:] }
        for (name, child) in upper.children {
            if child.isWhiteout {
                lower.children[name] = nil
            } else if child.type == S_IFDIR {
                let below = lower.children[name].flatMap { $0.type == S_IFDIR ? $0 : nil }
                let merged = below ?? Node(path: child.path, status: child.status, isOpaque: false)
                put(child, over: merged)
                lower.children[name] = merged
            } else {
                lower.children[name] = child
            }
        }
    }
}
