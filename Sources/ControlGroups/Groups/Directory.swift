import CLinux
import Glibc
import LinuxKernel

/// The directory of one cgroup in one hierarchy, kept open: later changes of the mount table do not matter.
struct Directory: Sendable {
    let descriptor: SharedDescriptor
    /// For messages.
    let path: String

    /// Opens an existing one.
    init(_ path: String, in parent: Directory? = nil) throws(SystemCallError) {
        self.path = parent.map { "\($0.path)/\(path)" } ?? path
        descriptor = SharedDescriptor(
            try .open(
                path, clinux_O_PATH | O_DIRECTORY | (parent == nil ? 0 : O_NOFOLLOW),
                in: parent?.descriptor.rawValue ?? AT_FDCWD))
    }

    /// Creates a child and opens it.
    ///
    /// - Parameter exclusively: Whether one that is there already is an error.
    func makeChild(_ name: String, exclusively: Bool) throws(SystemCallError) -> Directory {
        let parent = descriptor.rawValue
        do throws(SystemCallError) {
            try checked("mkdir", "\(path)/\(name)") { mkdirat(parent, name, 0o755) }
        } catch {
            if exclusively || error.errno != EEXIST { throw error }
        }
        return try Directory(name, in: self)
    }

    func write(_ value: String, to file: String) throws(SystemCallError) {
        do throws(SystemCallError) {
            let target = try OwnedDescriptor.open(file, O_WRONLY, in: descriptor.rawValue)
            try writeAll(value.utf8, to: target.rawValue)
        } catch {
            throw SystemCallError(call: error.call, errno: error.errno, subject: "\(path)/\(file)")
        }
    }

    func read(_ file: String) throws(SystemCallError) -> String {
        do throws(SystemCallError) {
            let source = try OwnedDescriptor.open(file, O_RDONLY, in: descriptor.rawValue)
            return String(decoding: try readAll(source.rawValue), as: UTF8.self)
        } catch {
            throw SystemCallError(call: error.call, errno: error.errno, subject: "\(path)/\(file)")
        }
    }

    /// The number after a keyword in a file of lines `KEYWORD NUMBER`.
    func value(_ keyword: String, in file: String) throws(SystemCallError) -> Int? {
        for line in try read(file).split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 2, fields[0] == keyword { return Int(fields[1]) }
        }
        return nil
    }

    /// The processes in this group, without its children's; 0 for each outside of the caller's PID namespace.
    func members() throws(SystemCallError) -> [pid_t] {
        try read("cgroup.procs").split(separator: "\n").compactMap { pid_t($0) }
    }

    /// The names of the child groups.
    func children() throws(SystemCallError) -> [String] {
        let readable = try OwnedDescriptor.open(".", O_RDONLY | O_DIRECTORY, in: descriptor.rawValue).release()
        guard let stream = fdopendir(readable) else {
            let code = errno
            close(readable)
            throw SystemCallError(call: "opendir", errno: code, subject: path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
