import DoozerProtocol
import Testing

@testable import DoozerStore

@Suite("A walk")
struct FileWalkTests {
    private func matches(_ pattern: String, among files: [String]) throws -> [String] {
        var store = Store(history: 1)
        for file in files { _ = try store.set(path(file), to: [], ifAtMost: 0) }
        var walk = FileWalk(try glob(pattern), in: store.tree)
        var matches: [String] = []
        while let match = walk.next() { matches.append(match.path.text) }
        return matches
    }

    @Test("gives files only, each directory's entries in the order of their bytes")
    func order() throws {
        let files = ["/b", "/a/z", "/a/B", "/a-b/c", "/a/1", "/A"]
        #expect(try matches("/**", among: files) == ["/A", "/a/1", "/a/B", "/a/z", "/a-b/c", "/b"])
    }

    @Test(
        "keeps to what matches",
        arguments: [
            ("/a/*", ["/a/x"]), ("/*/x", ["/a/x", "/b/x"]), ("/a/**", ["/a/x", "/a/y/z"]), ("/a/x", ["/a/x"]),
            ("/a", []), ("/c/**", []), ("/a/x/**", []), ("/", []),
        ] as [(String, [String])])
    func matching(pattern: String, expected: [String]) throws {
        #expect(try matches(pattern, among: ["/a/x", "/a/y/z", "/b/x"]) == expected)
    }
}
