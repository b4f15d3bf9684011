import Glibc
import ImageStore
import LinuxKernel
import OCI
import Testing

/// A store in a directory of its own, removed with the object; what is beside the store in that directory must not
/// change, which is how a test sees that nothing has been written outside.
final class TemporaryStore {
    let directory: String
    let location: StoreLocation
    let store: ImageStore

    init() throws {
        var template = Array("/tmp/harness-store-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError(call: "mkdtemp", errno: errno, subject: "/tmp") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        location = StoreLocation(root: directory + "/home")
        store = ImageStore(location)
        try write(Array("untouched".utf8), to: "outside")
    }

    deinit {
        // The store's own removal, which copes with everything that the tests make.
        do { try removeDirectory(directory) } catch { print("left behind: \(directory): \(error)") }
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        let file = try OwnedDescriptor.open("\(directory)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try writeAll(bytes, to: file.rawValue)
    }

    /// Imports an archive given as bytes.
    @discardableResult
    func add(
        _ archive: [UInt8], as name: String = "test", changes: [ConfigurationChange] = [],
        limits: UnpackLimits = UnpackLimits()
    ) throws -> ImportedImage {
        let path = "archive-\(UInt64.random(in: 0 ... .max))"
        try write(archive, to: path)
        defer { unlink("\(directory)/\(path)") }
        return try store.importArchive(
            .path("\(directory)/\(path)"), as: try Reference(name), changes: changes, limits: limits)
    }

    /// Nothing beside the store has changed, and the store holds nothing but empty directories, the layout's marker and
    /// an index without images.
    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try names(in: directory) == ["home", "outside"], sourceLocation: sourceLocation)
        #expect(
            try readRegularFile(directory + "/outside") == Array("untouched".utf8), sourceLocation: sourceLocation)
        for place in [location.blobs, location.layers, location.staging] {
            #expect(try names(in: place) == [], "\(place)", sourceLocation: sourceLocation)
        }
        #expect(try store.list().isEmpty, sourceLocation: sourceLocation)
    }

    func names(in directory: String) throws -> [String] {
        guard let stream = opendir(directory) else { return [] }
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
}

/// Runs a program to its end; returns its exit code and what it printed.
func run(_ arguments: [String], environment: [String] = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]) throws -> (
    code: CInt, output: String
) {
    let pipe = try OwnedDescriptor.pipe()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, pipe.writer.rawValue, 1)
    posix_spawn_file_actions_adddup2(&actions, pipe.writer.rawValue, 2)
    var pid: pid_t = 0
    let code = withCStrings(arguments) { argv in
        withCStrings(environment) { envp in posix_spawnp(&pid, arguments[0], &actions, nil, argv, envp) }
    }
    guard code == 0 else { throw SystemCallError(call: "posix_spawn", errno: code, subject: arguments[0]) }
    let reader = pipe.takeReader()
    let output = try readAll(reader.rawValue)
    var status: CInt = 0
    try checked("waitpid") { waitpid(pid, &status, 0) }
    return (status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f, String(decoding: output, as: UTF8.self))
}

private func removeDirectory(_ path: String) throws {
    _ = try run(["chmod", "-R", "u+rwX", path])
    _ = try run(["rm", "-rf", "--one-file-system", path])
}
