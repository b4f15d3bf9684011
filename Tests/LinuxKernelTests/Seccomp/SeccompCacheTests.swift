import Glibc
import Testing

@testable import LinuxKernel

/// Each test has a directory of its own, removed at its end.
@Suite("The cache of seccomp programs")
struct SeccompCacheTests: ~Copyable {
    let directory: String
    static let policy = SeccompPolicy(defaultAction: .errno(1), rules: [SeccompRule(["read", "write"])])

    init() throws {
        var template = Array("/tmp/harness-seccomp-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in Self.names(in: directory) { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }

    private static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private func load(_ capabilities: CapabilitySet = []) throws -> CachedSeccompProgram {
        try Self.policy.program(for: capabilities, cachedIn: directory)
    }

    private func onlyFile() throws -> String {
        let names = Self.names(in: directory)
        try #require(names.count == 1)
        return "\(directory)/\(names[0])"
    }

    @Test("the second time, the program comes from the cache, and is the same")
    func secondTime() throws {
        let first = try load()
        let second = try load()
        #expect(first.origin == .compiled(notKept: nil))
        #expect(second.origin == .cache)
        #expect(first.program == second.program)
        var status = stat()
        #expect(stat(try onlyFile(), &status) == 0)
        #expect(status.st_mode & 0o7777 == 0o600)
    }

    @Test("each change of a policy has a program of its own")
    func differentPolicies() throws {
        let read = SeccompRule(["read"])
        let policies = [
            SeccompPolicy(defaultAction: .errno(1), rules: [read]),
            SeccompPolicy(defaultAction: .errno(2), rules: [read]),
            SeccompPolicy(defaultAction: .errno(1), rules: [SeccompRule(["read"], action: .log)]),
            SeccompPolicy(defaultAction: .errno(1), rules: [SeccompRule(["write"])]),
            SeccompPolicy(
                defaultAction: .errno(1),
                rules: [SeccompRule(["read"], conditions: [SeccompCondition(argument: 0, .equal, 1)])]),
            SeccompPolicy(
                defaultAction: .errno(1),
                rules: [SeccompRule(["read"], conditions: [SeccompCondition(argument: 0, .notEqual, 1)])]),
            SeccompPolicy(
                defaultAction: .errno(1),
                rules: [SeccompRule(["read"], conditions: [SeccompCondition(argument: 1, .equal, 1)])]),
        ]
        for policy in policies { _ = try policy.program(for: [], cachedIn: directory) }
        #expect(Self.names(in: directory).count == policies.count)
    }

    @Test("a file cut or changed anywhere is not believed, and replaced", arguments: [0, 8, 16, 24, 31, 32, 40])
    func damaged(position: Int) throws {
        _ = try load()
        let path = try onlyFile()
        var contents = try readRegularFile(path)
        contents[position] ^= 1
        try replace(path, with: contents)
        #expect(try load().origin == .compiled(notKept: nil))
        #expect(try load().origin == .cache)
        try replace(path, with: Array(contents.prefix(position)))
        #expect(try load().origin == .compiled(notKept: nil))
    }

    private func replace(_ path: String, with contents: [UInt8]) throws {
        let file = try OwnedDescriptor.open(path, O_WRONLY | O_TRUNC)
        try writeAll(contents, to: file.rawValue)
    }

    @Test("a file that others may write is not believed", arguments: [0o620, 0o602, 0o666] as [mode_t])
    func writableByOthers(mode: mode_t) throws {
        _ = try load()
        #expect(chmod(try onlyFile(), mode) == 0)
        #expect(try load().origin == .compiled(notKept: nil))
        #expect(try load().origin == .cache)
    }

    @Test("a symbolic link is not followed")
    func symbolicLink() throws {
        _ = try load()
        let path = try onlyFile()
        #expect(rename(path, "\(directory)/elsewhere") == 0)
        #expect(symlink("elsewhere", path) == 0)
        #expect(try load().origin == .compiled(notKept: nil))
    }

    @Test("a directory that is not there costs time, not the program")
    func noDirectory() throws {
        let loaded = try Self.policy.program(for: [], cachedIn: "\(directory)/missing")
        guard case .compiled(notKept: let error?) = loaded.origin else {
            Issue.record("it was kept: \(loaded.origin)")
            return
        }
        #expect(error.errno == ENOENT)
    }
}
