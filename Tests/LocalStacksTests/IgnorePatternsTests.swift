import Testing

@testable import LocalStacks

@Suite("Ignore patterns")
struct IgnorePatternsTests {
    @Test(
        "match as .dockerignore has them",
        arguments: [
            (["node_modules"], ["node_modules", "node_modules/a/b.js"], ["src/node_modules", "node_modules2"]),
            (["**/node_modules"], ["node_modules", "src/node_modules/x", "a/b/node_modules"], ["src/modules"]),
            (["*.log"], ["a.log"], ["sub/a.log", "a.logs"]),
            (["**/*.log"], ["a.log", "sub/deep/a.log"], ["a.log.txt"]),
            (["src/**/test"], ["src/test", "src/a/b/test", "src/test/x"], ["test", "src/tests"]),
            (["docs/**"], ["docs/a", "docs/a/b"], ["docs"]),
            (["a?c"], ["abc"], ["ac", "abbc", "a/c"]),
            (["[a-c]x", "[^0-9]z"], ["bx", "az"], ["dx", "5z"]),
            (["*.md", "!README.md"], ["CHANGES.md"], ["README.md", "sub/CHANGES.md"]),
            (["*", "!keep", "keep/tmp"], ["other", "keep/tmp"], ["keep", "keep/a"]),
            (["/rooted/", "./dotted", "up/../here"], ["rooted/x", "dotted", "here"], ["up"]),
            (["  spaced  ", "\\*star"], ["spaced", "*star"], ["xstar"]),
            (["a*b*c"], ["abc", "axxbyyc", "abcbc"], ["abcb"]),
            (["**"], ["a", "a/b"], []),
            ([], [], ["a"]),
        ] as [([String], [String], [String])])
    func matches(patterns: [String], matching: [String], others: [String]) throws {
        let ignored = try IgnorePatterns(patterns)
        for path in matching { #expect(ignored.matches(path), "\(path)") }
        for path in others { #expect(!ignored.matches(path), "\(path)") }
    }

    @Test("of a file: lines with '#' first and empty ones say nothing")
    func file() throws {
        let ignored = try IgnorePatterns(file: "# a\n\n*.o\r\n!keep.o\n")
        #expect(ignored.matches("x.o") && !ignored.matches("keep.o") && !ignored.matches("# a"))
    }

    @Test("that can't be read are told", arguments: ["[", "[a", "a\\", "[z-a]", "x/[]"])
    func invalid(pattern: String) {
        #expect(throws: IgnorePatterns.Invalid(pattern: pattern)) { try IgnorePatterns(["fine", pattern]) }
    }
}
