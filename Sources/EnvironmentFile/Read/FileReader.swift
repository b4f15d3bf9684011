import Glibc

/// Why a file's bytes can't be had.
enum FileFailure: Error, Hashable {
    case missing
    case directory
    /// A pipe, socket or device: reading it may block or never end.
    case special(String)
    case tooLarge(limit: Int)
    case denied
    case system(CInt)

    /// What is wrong with the file, without its name.
    var message: String {
        switch self {
        case .missing: "no such file"
        case .directory: "is a directory, not a file"
        case .special(let kind): "is a \(kind), not a regular file"
        case .tooLarge(let limit): "is larger than \(limit >> 20) MiB"
        case .denied: "permission denied"
        case .system(let code): "can't be read: \(String(cString: strerror(code)))"
        }
    }

    /// What to do about it.
    var remedy: String? {
        switch self {
        case .special: "use '-f -' to read from standard input"
        case .denied: "make the file readable for this user"
        default: nil
        }
    }
}

/// Reads whole files, never blocking on one that is none.
enum FileReader {
    /// The bytes of a regular file of at most `limit` bytes.
    static func read(_ path: String, limit: Int) throws(FileFailure) -> [UInt8] {
        if path.utf8.contains(0) { throw .missing }
        // Opening a device or a pipe can have effects of its own, so it is looked at first.
        try checkRegular(try status { stat(path, $0) })
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { close(descriptor) }
        let information = try status { fstat(descriptor, $0) }
        try checkRegular(information)
        guard information.st_size <= limit else { throw .tooLarge(limit: limit) }
        return try readAll(descriptor, expected: Int(information.st_size), limit: limit)
    }

    /// Everything up to the end of a stream, such as standard input.
    static func readAll(_ descriptor: CInt, expected: Int, limit: Int) throws(FileFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            // One byte more than expected, so that the end is seen without another round.
            let capacity = bytes.count <= expected ? expected - bytes.count + 1 : 65536
            var result = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, used in
                result = Glibc.read(descriptor, buffer.baseAddress, capacity)
                used = max(0, result)
            }
            if result < 0 {
                let code = errno
                if code == EINTR { continue }
                throw failure(code)
            }
            if result == 0 { return bytes }
            if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
            if bytes.count > limit { throw .tooLarge(limit: limit) }
        }
    }

    /// Whether there is something of that name that isn't a directory.
    static func exists(_ path: String) -> Bool {
        var information = stat()
        return !path.utf8.contains(0) && stat(path, &information) == 0 && information.st_mode & S_IFMT != S_IFDIR
    }

    /// Whether there is a directory of that name.
    static func isDirectory(_ path: String) -> Bool {
        var information = stat()
        return !path.utf8.contains(0) && stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    private static func status(_ call: (UnsafeMutablePointer<stat>) -> CInt) throws(FileFailure) -> stat {
        var information = stat()
        guard call(&information) == 0 else { throw failure(errno) }
        return information
    }

    private static func checkRegular(_ information: stat) throws(FileFailure) {
        switch information.st_mode & S_IFMT {
        case S_IFREG: return
        case S_IFDIR: throw .directory
        case S_IFIFO: throw .special("pipe")
        case S_IFSOCK: throw .special("socket")
        default: throw .special("device")
        }
    }

    private static func failure(_ code: CInt) -> FileFailure {
        switch code {
        case ENOENT, ENOTDIR: .missing
        case EISDIR: .directory
        case EACCES, EPERM: .denied
        default: .system(code)
        }
    }
}
