import DoozerProtocol
import SeededRandom
import Testing

@Suite("A glob")
struct GlobTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var glob: String
        var matching: [String]
        var others: [String]
        var testDescription: String { glob }
    }

    @Test(
        "matches by the rules of its wildcards",
        arguments: [
            Case(glob: "/", matching: ["/"], others: ["/a"]),
            Case(glob: "/a/b", matching: ["/a/b"], others: ["/a", "/a/c", "/a/bc", "/a/b/c"]),
            Case(glob: "/a?", matching: ["/ab", "/a.", "/a-"], others: ["/", "/a", "/abc", "/a/b"]),
            Case(glob: "/?/b", matching: ["/a/b"], others: ["/b", "/aa/b"]),
            Case(glob: "/a*", matching: ["/a", "/ab", "/abc"], others: ["/", "/ba", "/a/b"]),
            Case(glob: "/*", matching: ["/", "/a", "/abc"], others: ["/a/b"]),
            Case(glob: "/*/a", matching: ["/b/a", "/bb/a"], others: ["/a", "/b/c/a"]),
            Case(
                glob: "/a*a/b", matching: ["/aa/b", "/aba/b", "/aaaa/b"], others: ["/a/b", "/aa", "/ab/b", "/a/a/b"]),
            Case(glob: "/*a*/b", matching: ["/a/b", "/xax/b", "/aaa/b"], others: ["/x/b", "/xa/xb"]),
            Case(glob: "/**", matching: ["/", "/a", "/a/b", "/a/b/c"], others: []),
            Case(glob: "/a**", matching: ["/a", "/ab", "/a/b", "/ab/c"], others: ["/", "/ba"]),
            Case(glob: "/**/a", matching: ["/x/a", "/x/y/a", "/a/a"], others: ["/a", "/x/ab"]),
            Case(glob: "/a/**/b", matching: ["/a/x/b", "/a/x/y/b", "/a/b/b"], others: ["/a/b", "/a/x/c"]),
            Case(glob: "/**x*y", matching: ["/xy", "/a/xay", "/x/xy"], others: ["/x/y", "/xyz"]),
            Case(glob: "/***", matching: ["/a", "/a/b"], others: []),
            Case(glob: "/a.b", matching: ["/a.b"], others: ["/aab"]),
        ])
    func rules(row: Case) throws {
        let glob = try #require(Glob(row.glob))
        for text in row.matching {
            #expect(glob.matches(try #require(DoozerPath(text))), "\(text)")
        }
        for text in row.others {
            #expect(!glob.matches(try #require(DoozerPath(text))), "\(text)")
        }
    }

    @Test(
        "is made of the characters of a path, ? and *",
        arguments: [
            "", "a", "a/", "/ ", "/:", "//", "/a/", "/a+b", "/a^b", "/a$b", "/a[b", "/a]b", "/a(b", "/a)b", "/a世界",
            "/{a,b}",
        ])
    func rejected(text: String) {
        #expect(Glob(text) == nil)
    }

    @Test("knows the directory that all its matches lie in")
    func prefix() throws {
        #expect(try #require(Glob("/a/b/*")).literalPrefix == ["a", "b"])
        #expect(try #require(Glob("/a/b*/c")).literalPrefix == ["a"])
        #expect(try #require(Glob("/a/b")).literalPrefix == ["a"])
        #expect(try #require(Glob("/**")).literalPrefix.isEmpty)
        #expect(try #require(Glob("/a/b")).isLiteral)
    }

    @Test("agrees with a matcher that tries everything, on 20,000 random pairs")
    func random() throws {
        var generator = SplitMix(seed: 7)
        for _ in 0..<20_000 {
            let pattern = "/" + generator.text(of: ["a", "b", "?", "*", "**", "/a", "/*"], upTo: 6)
            let text = "/" + generator.text(of: ["a", "b", "/a", "/b"], upTo: 7)
            guard let glob = Glob(pattern), let path = DoozerPath(text) else { continue }
            let expected = exhaustive(Array(pattern.utf8)[...], Array(text.utf8)[...])
            #expect(glob.matches(path) == expected, "\(pattern) on \(text)")
        }
    }

    @Test("comes to an end whatever its stars", .timeLimit(.minutes(1)))
    func hostile() throws {
        let glob = try #require(Glob("/" + String(repeating: "a*", count: 100) + "**b"))
        let path = try #require(DoozerPath("/" + String(repeating: "a", count: 1000)))
        // Trying one way after another would take more steps than there are atoms.
        #expect(!glob.matches(path))
    }

    private func exhaustive(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        let (star, slash, mark) = (UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "?"))
        guard let first = pattern.first else { return text.isEmpty }
        if first == star {
            let isDouble = pattern.dropFirst().first == star
            let rest = pattern.dropFirst(isDouble ? 2 : 1)
            if exhaustive(rest, text) { return true }
            guard let byte = text.first, isDouble || byte != slash else { return false }
            return exhaustive(pattern, text.dropFirst())
        }
        guard let byte = text.first, first == mark ? byte != slash : byte == first else { return false }
        return exhaustive(pattern.dropFirst(), text.dropFirst())
    }
}
