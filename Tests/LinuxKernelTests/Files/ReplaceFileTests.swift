import CLinux
import Glibc
import LinuxKernel
import Testing

@Suite("Replacing a file as a whole")
struct ReplaceFileTests {
    /// A directory of the test's own; its removal shows that nothing else was left in it.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/replace-file-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template))
        let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        try body(path)
        for name in ["file", "elsewhere"] { unlink("\(path)/\(name)") }
        let left = try directoryEntries(path)
        #expect(left == [])
        rmdir(path)
    }

    private func text(_ path: String) throws -> String { String(decoding: try readRegularFile(path), as: UTF8.self) }

    @Test("it has the new bytes and rights, whether there was one or not", arguments: [mode_t(0o600), 0o644])
    func replaces(mode: mode_t) throws {
        try withDirectory { directory in
            for contents in ["old", "new"] {
                try replaceFile("\(directory)/file", with: contents.utf8, mode: mode)
                #expect(try text("\(directory)/file") == contents)
            }
            var status = stat()
            #expect(stat("\(directory)/file", &status) == 0)
            #expect(status.st_mode & 0o777 == mode)
        }
    }

    @Test("who has the old one open keeps it whole")
    func keepsOld() throws {
        try withDirectory { directory in
            try replaceFile("\(directory)/file", with: "old".utf8)
            let old = try OwnedDescriptor.open("\(directory)/file", O_RDONLY)
            try replaceFile("\(directory)/file", with: "new".utf8)
            #expect(String(decoding: try readAll(old.rawValue), as: UTF8.self) == "old")
        }
    }

    @Test("a symbolic link is replaced, what it points to stays", arguments: [nil, "file.staged"])
    func replacesLink(temporary: String?) throws {
        try withDirectory { directory in
            try replaceFile("\(directory)/elsewhere", with: "theirs".utf8)
            for name in ["file", temporary].compactMap({ $0 }) {
                #expect(symlink("\(directory)/elsewhere", "\(directory)/\(name)") == 0)
            }
            try replaceFile("\(directory)/file", with: "ours".utf8, through: temporary.map { "\(directory)/\($0)" })
            #expect(try text("\(directory)/elsewhere") == "theirs")
            #expect(try text("\(directory)/file") == "ours")
        }
    }

    @Test("where it can't be written, the old one stays and nothing is beside it")
    func failure() throws {
        try withDirectory { directory in
            #expect(mkdir("\(directory)/file", 0o755) == 0)
            defer { rmdir("\(directory)/file") }
            let error = #expect(throws: SystemCallError.self) {
                try replaceFile("\(directory)/file", with: "bytes".utf8)
            }
            #expect(error?.errno == EISDIR)
            let names = try directoryEntries(directory)
            #expect(names == ["file"])
        }
    }
}
