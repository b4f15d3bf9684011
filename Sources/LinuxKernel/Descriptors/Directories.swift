import Glibc

/// Makes a directory; one that is there is fine.
public func makeDirectory(_ path: String, mode: mode_t = 0o755) throws(SystemCallError) {
    do {
        try checked("mkdir", path) { mkdir(path, mode) }
    } catch {
        if error.errno != EEXIST { throw error }
    }
}

/// Makes a directory and those above it that are missing; `mode` is for the last one, exactly.
public func makeDirectories(_ path: String, mode: mode_t = 0o755) throws(SystemCallError) {
    if mkdir(path, mode) == 0 {
        try checked("chmod", path) { chmod(path, mode) }
        return
    }
    let code = errno
    if code == EEXIST { return }
    guard code == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
        throw SystemCallError(call: "mkdir", errno: code, subject: path)
    }
    try makeDirectories(String(path[..<slash]))
    try makeDirectories(path, mode: mode)
}

/// The names in a directory, without `.` and `..`, sorted.
public func directoryEntries(_ path: String) throws(SystemCallError) -> [String] {
    guard let stream = opendir(path) else {
        let code = errno
        throw SystemCallError(call: "opendir", errno: code, subject: path)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// Removes a directory and everything below it, following no link and crossing into no other file system.
public func removeTree(_ path: String) throws(SystemCallError) {
    var status = stat()
    do {
        try checked("lstat", path) { lstat(path, &status) }
    } catch {
        if error.errno == ENOENT { return }
        throw error
    }
    try removeTree(path, on: status.st_dev)
}

private func removeTree(_ path: String, on device: dev_t) throws(SystemCallError) {
    var status = stat()
    try checked("lstat", path) { lstat(path, &status) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
        try checked("unlink", path) { unlink(path) }
        return
    }
    guard status.st_dev == device else { throw SystemCallError(call: "rmdir", errno: EXDEV, subject: path) }
    for name in try directoryEntries(path) { try removeTree("\(path)/\(name)", on: device) }
    try checked("rmdir", path) { rmdir(path) }
}
