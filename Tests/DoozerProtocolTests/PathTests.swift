import DoozerProtocol
import Testing

@Suite("A path")
struct PathTests {
    @Test(
        "is the root, or components of letters, digits, dots and hyphens",
        arguments: ["/", "/x", "/x/y", "/x/y-z", "/x/y.z", "/x/0", "/.", "/..", "/-", "/ctl/node/ABC234/addr"])
    func accepted(text: String) {
        #expect(DoozerPath(text)?.text == text)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "x", "x/", "//", "/x/", "/x//y", "//x", "/x y", "/x=", "/x:", "/x_y", "/a+b", "/a*", "/a?", "/é",
            "/a世界",
            "/\u{0}", "/a\n",
        ])
    func rejected(text: String) {
        #expect(DoozerPath(text) == nil)
    }

    @Test("has at most 4,096 bytes")
    func length() {
        #expect(DoozerPath("/" + String(repeating: "a", count: 4095)) != nil)
        #expect(DoozerPath("/" + String(repeating: "a", count: 4096)) == nil)
    }

    @Test("gives its components, and takes one more")
    func components() throws {
        let path = try #require(DoozerPath("/a/b"))
        #expect(path.components == ["a", "b"])
        #expect(DoozerPath.root.components.isEmpty)
        #expect(path.appending("c").text == "/a/b/c")
        #expect(DoozerPath.root.appending("c").text == "/c")
    }
}
