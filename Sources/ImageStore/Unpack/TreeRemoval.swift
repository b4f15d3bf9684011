import CLinux
import Glibc
import LinuxKernel

/// Removes a file, or a directory with all it holds.
///
/// Follows no symbolic link. No error where nothing is there.
///
/// Works at any depth with a bounded number of descriptors: what lies deeper than 32 levels is first moved up.
///
/// - Parameters:
///   - name: Null-terminated, one component.
///   - directory: The open directory that it is in; nobody else may change what is removed.
func removeTree(_ name: [CChar], in directory: CInt) throws(SystemCallError) {
    var pending = [name]
    var serial = 0
    while let next = pending.last {
        if try removeEntry(next, in: directory) {
            pending.removeLast()
            continue
        }
        let child = try openToEmpty(next, in: directory)
        try empty(child.rawValue, depth: 0, top: directory, serial: &serial, moved: &pending)
        // What has been moved up must be found again, last of all the directory itself.
        if pending.last == next {
            try checked("unlinkat") { unlinkat(directory, next, AT_REMOVEDIR) }
            pending.removeLast()
        }
    }
}

/// Removes the tree at a path.
///
/// No error where nothing is there.
package func removeTree(at path: String) throws(SystemCallError) {
    guard let slash = path.lastIndex(of: "/") else { return }
    let parent: OwnedDescriptor
    do {
        parent = try .open(String(path[...slash]), O_RDONLY | O_DIRECTORY)
    } catch {
        if error.errno == ENOENT { return }
        throw error
    }
    try removeTree(cString(Array(path[path.index(after: slash)...].utf8)), in: parent.rawValue)
}

/// Removes what is no directory, or is an empty one; `false` where it is a directory that holds something.
private func removeEntry(_ name: [CChar], in directory: CInt) throws(SystemCallError) -> Bool {
    for flags in [0, AT_REMOVEDIR] {
        if unlinkat(directory, name, flags) == 0 { return true }
        let code = errno
        switch code {
        case ENOENT: return true
        case EISDIR where flags == 0, EPERM where flags == 0: continue
        case ENOTEMPTY, EEXIST: return false
        // Someone without privileges must be let in first.
        case EACCES where flags == AT_REMOVEDIR: return false
        default: throw SystemCallError(call: "unlinkat", errno: code, subject: text(name))
        }
    }
    return false
}

private func openToEmpty(_ name: [CChar], in directory: CInt) throws(SystemCallError) -> OwnedDescriptor {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    let descriptor = clinux_openat(directory, name, flags, 0)
    if descriptor >= 0 {
        let owned = OwnedDescriptor(adopting: descriptor)
        if geteuid() != 0 { try checked("fchmod") { fchmod(owned.rawValue, 0o700) } }
        return owned
    }
    guard errno == EACCES else {
        throw SystemCallError(call: "openat", errno: errno, subject: text(name))
    }
    try checked("fchmodat") { fchmodat(directory, name, 0o700, 0) }
    return OwnedDescriptor(adopting: try checked("openat") { clinux_openat(directory, name, flags, 0) })
}

private func empty(
    _ directory: CInt, depth: Int, top: CInt, serial: inout Int, moved: inout [[CChar]]
) throws(SystemCallError) {
    for name in try entries(of: directory) {
        if try removeEntry(name, in: directory) { continue }
        if depth == 32 {
            serial += 1
            let place = cString(Array(".removing-\(getpid())-\(serial)".utf8))
            try checked("renameat") { renameat(directory, name, top, place) }
            moved.append(place)
            continue
        }
        let child = try openToEmpty(name, in: directory)
        try empty(child.rawValue, depth: depth + 1, top: top, serial: &serial, moved: &moved)
        try checked("unlinkat") { unlinkat(directory, name, AT_REMOVEDIR) }
    }
}

/// The names in a directory, null-terminated, without `.` and `..`, in the file system's order.
func entries(of directory: CInt) throws(SystemCallError) -> [[CChar]] {
    // A description of its own: fdopendir(3) takes the position with it.
    let descriptor = try checked("openat") { clinux_openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
    guard let stream = fdopendir(descriptor) else {
        let code = errno
        close(descriptor)
        throw SystemCallError(call: "fdopendir", errno: code, subject: "")
    }
    defer { closedir(stream) }
    var names: [[CChar]] = []
    while true {
        errno = 0
        guard let entry = readdir(stream) else {
            if errno != 0 { throw SystemCallError(call: "readdir", errno: errno, subject: "") }
            return names
        }
        let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
            tuple.withMemoryRebound(to: CChar.self, capacity: 256) {
                Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
            }
        }
        if name == [46, 0] || name == [46, 46, 0] { continue }
        names.append(name)
    }
}
