import CLinux
import Glibc

extension OwnedDescriptor {
    /// Opens a file; `O_CLOEXEC` is always added.
    ///
    /// - Parameters:
    ///   - path: Relative paths start at `directory`.
    ///   - directory: An open directory, or `AT_FDCWD`.
    ///   - mode: Permission bits for `O_CREAT`, before the umask.
    ///
    /// The corresponding system call is `openat(2)`.
    public static func open(
        _ path: String, _ flags: CInt, mode: mode_t = 0, in directory: CInt = AT_FDCWD
    ) throws(SystemCallError) -> OwnedDescriptor {
        OwnedDescriptor(
            adopting: try checked("open", path) { clinux_openat(directory, path, flags | O_CLOEXEC, mode) })
    }

    /// Opens a path with every component, symbolic links included, resolved below `root` as if that were `/`.
    ///
    /// The corresponding system call is `openat2(2)` with `RESOLVE_IN_ROOT`.
    public static func open(
        _ path: String, _ flags: CInt, mode: mode_t = 0, beneathRoot root: CInt
    ) throws(SystemCallError) -> OwnedDescriptor {
        var how = open_how()
        how.flags = UInt64(UInt32(bitPattern: flags | O_CLOEXEC))
        how.mode = UInt64(mode)
        how.resolve = UInt64(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
        return OwnedDescriptor(adopting: try checked("openat2", path) { clinux_openat2(root, path, &how) })
    }

    /// A second descriptor for the same open file, closed on execve(2).
    public func duplicate() throws(SystemCallError) -> OwnedDescriptor { try Self.duplicate(of: rawValue) }

    /// A second descriptor for an open file that is somebody else's, closed on execve(2).
    public static func duplicate(of descriptor: CInt) throws(SystemCallError) -> OwnedDescriptor {
        OwnedDescriptor(adopting: try checked("fcntl") { clinux_fcntl(descriptor, F_DUPFD_CLOEXEC, 3) })
    }

    /// A pipe whose ends are closed on execve(2).
    ///
    /// The corresponding system call is `pipe2(2)`.
    public static func pipe(flags: CInt = 0) throws(SystemCallError) -> Pipe {
        var ends: [CInt] = [-1, -1]
        try checked("pipe2") { clinux_pipe2(&ends, flags | O_CLOEXEC) }
        return Pipe(reader: OwnedDescriptor(adopting: ends[0]), writer: OwnedDescriptor(adopting: ends[1]))
    }
}

/// The two ends of a pipe.
public struct Pipe: ~Copyable {
    /// What is read from.
    public var reader: OwnedDescriptor
    /// What is written to.
    public var writer: OwnedDescriptor

    init(reader: consuming OwnedDescriptor, writer: consuming OwnedDescriptor) {
        self.reader = reader
        self.writer = writer
    }

    /// Closes the reading end and gives the other away.
    public consuming func takeWriter() -> OwnedDescriptor { writer }

    /// Closes the writing end and gives the other away.
    public consuming func takeReader() -> OwnedDescriptor { reader }
}

/// Writes all of `bytes`, however often that takes.
///
/// - Throws: ``SystemCallError`` with `EAGAIN` where the descriptor does not block and is full.
public func writeAll(_ bytes: some Collection<UInt8>, to descriptor: CInt) throws(SystemCallError) {
    let contents = Array(bytes)
    var offset = 0
    while offset < contents.count {
        let start = offset
        offset += try checked("write") {
            contents.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + start }, $0.count - start) }
        }
    }
}

/// Reads to the end of the file.
///
/// - Throws: ``SystemCallError`` with `EFBIG` where it has more than `limit` bytes.
public func readAll(_ descriptor: CInt, limit: Int = 16 << 20) throws(SystemCallError) -> [UInt8] {
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
        let count = try checked("read") { read(descriptor, &buffer, buffer.count) }
        if count == 0 { return result }
        result.append(contentsOf: buffer[0..<count])
        if result.count > limit { throw SystemCallError(call: "read", errno: EFBIG, subject: "") }
    }
}

/// Reads a regular file; never blocks on a FIFO or device put in its place.
///
/// - Parameter flags: Further ones of openat(2), such as `O_NOFOLLOW`.
/// - Throws: ``SystemCallError`` with `EFBIG` above `limit` bytes, `EINVAL` where it is no regular file, or what
///   openat(2) says.
public func readRegularFile(_ path: String, in directory: CInt = AT_FDCWD, flags: CInt = 0, limit: Int = 16 << 20)
    throws(SystemCallError) -> [UInt8]
{
    let file = try OwnedDescriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | flags, in: directory)
    var status = stat()
    try checked("fstat", path) { fstat(file.rawValue, &status) }
    guard status.st_mode & S_IFMT == S_IFREG else {
        throw SystemCallError(call: "read", errno: EINVAL, subject: path)
    }
    return try readAll(file.rawValue, limit: limit)
}
