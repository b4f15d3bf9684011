import CLinux
import Glibc
import LinuxKernel
import Testing

@testable import LocalStacks

@Suite("Watched files and folders")
final class WatchedTreesTests {
    private let folder: String

    init() throws {
        var template = Array("/tmp/harness-watch-XXXXXX".utf8CString)
        folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    deinit {
        do { try removeTree(folder) } catch { Issue.record(error) }
    }

    private func write(_ path: String, _ text: String = "x") throws {
        let file = try #require(fopen("\(folder)/\(path)", "w"))
        fputs(text, file)
        fclose(file)
    }

    private func make(_ path: String) { #expect(mkdir("\(folder)/\(path)", 0o755) == 0) }

    private func trees(
        _ path: String = "", ignored: [String] = [], included: [String] = []
    ) throws -> WatchedTrees {
        let root = path.isEmpty ? folder : "\(folder)/\(path)"
        return try WatchedTrees([try WatchedRoot(path: root, ignored: ignored, included: included)])
    }

    /// What has changed since the last look, as `+path` and `-path`.
    private func changes(_ trees: WatchedTrees) throws -> [String] {
        var ready = pollfd(fd: trees.descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&ready, 1, 1000)
        _ = trees.gather()
        return try trees.changes()[0, default: []].map { ($0.kind == .written ? "+" : "-") + $0.path }
    }

    @Test("new, changed and removed files are told, and nothing of what has not changed")
    func files() throws {
        try write("old")
        try write("same")
        let trees = try trees()
        try write("old", "longer")
        try write("new")
        #expect(try changes(trees) == ["+new", "+old"])
        unlink("\(folder)/old")
        chmod("\(folder)/new", 0o755)
        #expect(try changes(trees) == ["+new", "-old"])
        try write("gone")
        unlink("\(folder)/gone")
        #expect(try changes(trees) == [])
    }

    @Test("a file that an editor replaces by another is a change of it alone")
    func renames() throws {
        try write("config")
        let trees = try trees()
        try write(".config.swp")
        try write("config~", "new")
        rename("\(folder)/config~", "\(folder)/config")
        #expect(try changes(trees) == ["+config"])
    }

    @Test("what comes with a new folder is told, and what comes into it later")
    func newFolders() throws {
        let trees = try trees()
        make("a")
        make("a/b")
        try write("a/b/one")
        #expect(try changes(trees) == ["+a", "+a/b", "+a/b/one"])
        try write("a/b/two")
        #expect(try changes(trees) == ["+a/b/two"])
        rename("\(folder)/a", "\(folder)/c")
        #expect(try changes(trees) == ["-a", "+c", "+c/b", "+c/b/one", "+c/b/two"])
        try write("c/b/three")
        #expect(try changes(trees) == ["+c/b/three"])
    }

    @Test("a root that is a file, replaced by renaming, gone and back")
    func singleFile() throws {
        try write("one", "1")
        let trees = try trees("one")
        try write("other", "2")
        #expect(try changes(trees) == [])
        rename("\(folder)/other", "\(folder)/one")
        #expect(try changes(trees) == ["+"])
        unlink("\(folder)/one")
        #expect(try changes(trees) == ["-"])
        try write("one", "3")
        #expect(try changes(trees) == ["+"])
    }

    @Test("a root folder that is made anew is watched again")
    func rootAgain() throws {
        make("src")
        try write("src/a")
        let trees = try trees("src")
        unlink("\(folder)/src/a")
        rmdir("\(folder)/src")
        #expect(try changes(trees) == ["-a"])
        make("src")
        _ = try changes(trees)
        try write("src/b")
        #expect(try changes(trees) == ["+b"])
    }

    @Test("what is ignored is neither told nor watched; what is included alone counts")
    func filters() throws {
        make("node_modules")
        make("src")
        let trees = try trees(ignored: ["node_modules", "*.tmp"], included: ["**/*.swift"])
        try write("node_modules/x.swift")
        try write("y.tmp")
        try write("readme")
        make(".git")
        try write("src/z.swift")
        #expect(try changes(trees).filter { $0 != "+src" } == ["+src/z.swift"])
    }

    @Test("patterns of a folder around the root count for their part")
    func outer() throws {
        make("app")
        var root = try WatchedRoot(path: "\(folder)/app", ignored: [], included: [])
        root.pass(over: try IgnorePatterns(["app/*.log", "b"]), in: folder)
        let trees = try WatchedTrees([root])
        try write("app/a.log")
        try write("app/b")
        #expect(try changes(trees) == ["+b"])
    }

    @Test("where the kernel has dropped hints, everything is looked at")
    func overflow() throws {
        make("deep")
        let trees = try trees()
        let limit = try #require(
            fopen("/proc/sys/fs/inotify/max_queued_events", "r").flatMap { file -> Int? in
                defer { fclose(file) }
                var number: CInt = 0
                return withUnsafeMutablePointer(to: &number) { pointer in
                    withVaList([pointer]) { vfscanf(file, "%d", $0) }
                } == 1 ? Int(number) : nil
            })
        // Each of the files is a hint of its own, at least.
        for number in 0..<(limit / 2 + 10) { try write("deep/f\(number)", "") }
        try write("deep/last")
        let count = try changes(trees).count
        #expect(count == limit / 2 + 11)
        unlink("\(folder)/deep/last")
        #expect(try changes(trees) == ["-deep/last"])
    }

    @Test("everything that is there can be had at once")
    func everything() throws {
        make("a")
        try write("a/one")
        let trees = try trees()
        #expect(trees.everything(of: 0) == [PathChange("a", .written), PathChange("a/one", .written)])
    }

    @Test("a root that is not there is an error")
    func missing() throws {
        #expect(throws: (any Error).self) { try trees("missing/folder") }
    }
}
