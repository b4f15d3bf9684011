import CLinux
import Glibc
import LinuxKernel

/// Something in a file system that is to be copied, with everything below it.
public struct TreeSource {
    /// For looking only (`O_PATH`).
    let descriptor: SharedDescriptor
    let status: stat

    /// Opens it.
    ///
    /// - Parameters:
    ///   - root: Every component of the path is resolved below it, as if it were `/`; `nil`: the caller's own.
    ///   - followsLink: Whether a symbolic link that the path names stands for what it leads to.
    public init(_ path: String, beneathRoot root: CInt?, followsLink: Bool) throws(SystemCallError) {
        let flags = clinux_O_PATH | (followsLink ? 0 : O_NOFOLLOW)
        if let root {
            descriptor = SharedDescriptor(try OwnedDescriptor.open(path, flags, beneathRoot: root))
        } else {
            descriptor = SharedDescriptor(try OwnedDescriptor.open(path, flags))
        }
        var status = stat()
        let number = descriptor.rawValue
        try checked("fstat", path) { fstat(number, &status) }
        self.status = status
    }

    /// Whether it is a directory.
    public var isDirectory: Bool { status.st_mode & S_IFMT == S_IFDIR }
}

/// Takes the files of a tree, parents before what is in them.
///
/// Names are single components, null-terminated.
protocol TreeSink: AnyObject {
    /// - Parameter content: Open for reading, at its beginning.
    func file(_ name: [CChar], _ status: stat, content: CInt) throws
    func symbolicLink(_ name: [CChar], _ status: stat, target: [CChar]) throws
    /// A device, a FIFO or a socket.
    func special(_ name: [CChar], _ status: stat) throws
    /// What follows is in this directory, up to ``leave(_:)``.
    func enter(_ name: [CChar], _ status: stat) throws
    func leave(_ status: stat) throws
    /// Something that is not copied.
    func omit(_ what: String)
}

/// Goes through a tree that others may change meanwhile: nothing is looked up twice by its name, and no symbolic link
/// is followed.
struct TreeWalk {
    /// Levels of directories; each has a descriptor open.
    private static let maximumDepth = 1000
    /// File systems that show the kernel and not files (statfs(2)): /proc, /sys, control groups, /dev/pts, /dev/mqueue.
    private static let kernelFileSystems: Set<Int> = [
        0x9fa0, 0x6265_6572, 0x27_e0eb, 0x6367_7270, 0x1cd1, 0x1980_0202,
    ]

    private let sink: any TreeSink

    init(to sink: any TreeSink) { self.sink = sink }

    /// Hands on the whole tree, its root under that name.
    func copy(_ source: TreeSource, as name: [CChar]) throws {
        try visit(source.descriptor.rawValue, source.status, as: name, depth: 0, device: nil)
    }

    /// Hands on what is in a directory.
    func copyContents(of source: TreeSource) throws {
        try visitChildren(of: source.descriptor.rawValue, source.status, depth: 0)
    }

    /// - Parameter device: The file system of the directory that it is in.
    private func visit(_ item: CInt, _ status: stat, as name: [CChar], depth: Int, device: dev_t?) throws {
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            // By its descriptor: what has the name by now may be a device, which opening could set going.
            let file = try OwnedDescriptor.open("/proc/self/fd/\(item)", O_RDONLY | O_NOCTTY)
            try sink.file(name, status, content: file.rawValue)
        case S_IFDIR:
            guard depth < Self.maximumDepth else {
                throw SystemCallError(call: "open", errno: ENAMETOOLONG, subject: text(name))
            }
            if status.st_dev != device, try showsKernel(item) { return sink.omit("directory of the kernel's") }
            try sink.enter(name, status)
            try visitChildren(of: item, status, depth: depth + 1)
            try sink.leave(status)
        case S_IFLNK: try sink.symbolicLink(name, status, target: try target(of: item, status))
        default: try sink.special(name, status)
        }
    }

    private func visitChildren(of directory: CInt, _ status: stat, depth: Int) throws {
        for name in try entries(of: directory) {
            let number = clinux_openat(directory, name, clinux_O_PATH | O_NOFOLLOW | O_CLOEXEC, 0)
            guard number >= 0 else {
                let code = errno
                // Removed since the directory was read.
                if code == ENOENT { continue }
                throw SystemCallError(call: "openat", errno: code, subject: text(name))
            }
            let child = OwnedDescriptor(adopting: number)
            var childStatus = stat()
            try checked("fstat", text(name)) { fstat(number, &childStatus) }
            try visit(child.rawValue, childStatus, as: name, depth: depth, device: status.st_dev)
        }
    }

    private func showsKernel(_ directory: CInt) throws(SystemCallError) -> Bool {
        var information = statfs()
        try checked("fstatfs") { fstatfs(directory, &information) }
        return Self.kernelFileSystems.contains(Int(information.f_type))
    }

    private func target(of link: CInt, _ status: stat) throws(SystemCallError) -> [CChar] {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = try checked("readlinkat") { readlinkat(link, "", &buffer, buffer.count - 1) }
        return Array(buffer[0..<count]) + [0]
    }
}
