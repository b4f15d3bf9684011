import CLinux
import Glibc

/// A directory of one test, removed with it.
final class Scratch {
    let path: String
    private let caller: Caller

    /// - Parameter caller: Whose it is.
    init(for caller: Caller = .standard) throws {
        self.caller = caller
        var template = Array("/tmp/harness-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SpawnError(call: "mkdtemp", code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try caller.own(path)
    }

    deinit {
        // Children come after their directory.
        for path in tree(path).reversed() { remove(path) }
        rmdir(path)
    }

    /// Writes a file below the directory and returns its absolute path.
    @discardableResult
    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws -> String {
        let file = "\(path)/\(name)"
        var directory = path
        for component in name.split(separator: "/").dropLast() {
            directory += "/\(component)"
            if mkdir(directory, 0o755) == 0 { try caller.own(directory) }
        }
        try writeFile(Array(text.utf8), to: file)
        try caller.own(file)
        chmod(file, mode)
        return file
    }

    /// Makes a directory below it and returns its absolute path.
    @discardableResult
    func makeDirectory(_ name: String, mode: mode_t = 0o755) throws -> String {
        let directory = "\(path)/\(name)"
        guard mkdir(directory, mode) == 0 else { throw SpawnError(call: "mkdir \(directory)", code: errno) }
        try caller.own(directory)
        chmod(directory, mode)
        return directory
    }
}

/// Writes a whole file.
func writeFile(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "we") else { throw SpawnError(call: "open \(path)", code: errno) }
    defer { fclose(file) }
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw SpawnError(call: "write", code: errno) }
}

/// The bytes of a file, or `nil` if it can't be read.
func readFile(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { return ferror(file) == 0 ? bytes : nil }
        bytes += buffer[..<count]
    }
}

/// The text of a file, or `nil` if it can't be read.
func readText(_ path: String) -> String? { readFile(path).map { String(decoding: $0, as: UTF8.self) } }

/// The names in a directory, sorted; none if it can't be read.
func entries(_ path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
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

/// Every path below a directory that `isWanted`, links not followed; unreadable directories count as empty.
func tree(_ path: String, where isWanted: (String) -> Bool = { _ in true }) -> [String] {
    var found: [String] = []
    for name in entries(path) {
        let child = "\(path)/\(name)"
        if isWanted(child) { found.append(child) }
        var status = stat()
        if lstat(child, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { found += tree(child, where: isWanted) }
    }
    return found
}
