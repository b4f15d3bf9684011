import Dispatch
import Glibc

/// A `doozerd` on a port of the kernel's choice, and what the kernel knows of it.
final class ServerProcess: Sendable {
    /// The server did not start.
    struct StartFailure: Error {
        var message: String
    }

    let process: pid_t
    let port: UInt16
    private let log: CInt

    /// Starts the executable and waits until it says where it listens.
    init(_ executable: String, _ arguments: [String] = []) throws {
        var ends: [CInt] = [0, 0]
        guard pipe(&ends) == 0 else { throw StartFailure(message: "no pipe: \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        log = ends[0]
        process = try spawn([executable, "-l", "127.0.0.1:0"] + arguments, standardError: ends[1])
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(ends[0], &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        let text = String(decoding: line, as: UTF8.self)
        guard let address = text.split(separator: " ").first(where: { $0.hasPrefix("127.0.0.1:") }),
            let port = UInt16(address.dropFirst("127.0.0.1:".count).prefix { $0.isNumber })
        else { throw StartFailure(message: "\(executable): \(text)") }
        self.port = port
        // A log that nobody reads would stop the server once the pipe is full.
        DispatchQueue.global().async { [log] in
            var bytes = [UInt8](repeating: 0, count: 65_536)
            while read(log, &bytes, bytes.count) > 0 {}
            close(log)
        }
    }

    deinit {
        kill(process, SIGKILL)
        var status: CInt = 0
        waitpid(process, &status, 0)
    }

    /// Resident memory in bytes.
    func residentMemory() throws -> Int {
        let fields = try contents("/proc/\(process)/statm").split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(CInt(_SC_PAGESIZE)))
    }

    /// The number of open descriptors.
    func descriptorCount() throws -> Int {
        guard let directory = opendir("/proc/\(process)/fd") else {
            throw StartFailure(message: "the server is gone")
        }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count - 2
    }

    private func contents(_ path: String) throws -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw StartFailure(message: "the server is gone") }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}

/// Starts a program with its standard error going to `standardError`.
func spawn(_ arguments: [String], standardError: CInt) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, standardError, STDERR_FILENO)
    var words = arguments.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var process: pid_t = 0
    let status = posix_spawnp(&process, arguments[0], &actions, nil, &words, environ)
    guard status == 0 else {
        throw ServerProcess.StartFailure(message: "\(arguments[0]): \(String(cString: strerror(status)))")
    }
    return process
}
