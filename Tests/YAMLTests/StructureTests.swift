import Testing
import YAML

@Suite("Structure and positions")
struct StructureTests {
    private func load(_ text: String) -> Document { Document.load(Array(text.utf8), file: "x") }

    @Test("every key, scalar and collection knows its line and column")
    func positions() {
        let root = load("é: 1\nlist:\n  - a\n  - {k: v}\n").root
        let list = root?.mapping?.entry("list")
        #expect(root?.mapping?["é"]?.position == SourcePosition(file: "x", line: 1, column: 4))
        #expect(list?.key.position == SourcePosition(file: "x", line: 2, column: 1))
        #expect(list?.value.position == SourcePosition(file: "x", line: 3, column: 3))
        #expect(list?.value.sequence?[0].column == 5)
        #expect(list?.value.sequence?[1].mapping?["k"]?.column == 9)
    }

    @Test("an alias is the node of its anchor")
    func sharing() {
        let mapping = load("a: &a {x: 1}\nb: *a\n").root?.mapping
        #expect(mapping?["a"] != nil)
        #expect(mapping?["a"] === mapping?["b"])
    }

    @Test("merge keys: own keys win, then the first of several mappings")
    func mergeKeys() {
        let text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  z: 3\n  <<: [*a, *b]\n  w: 3\n"
        let merged = load(text).root?.mapping?["c"]?.mapping
        #expect(merged?.entries.map { "\($0.key.text ?? "")=\($0.value.text ?? "")" } == ["z=3", "x=1", "y=1", "w=3"])
        #expect(merged?["x"]?.line == 1)
    }

    @Test("a quoted '<<' is an ordinary key")
    func quotedMerge() {
        #expect(load("'<<': 1\n").root?.mapping?["<<"]?.value == .int(1))
    }

    @Test("a large mapping finds its keys")
    func largeMapping() {
        let mapping = load((0..<500).map { "k\($0): \($0)\n" }.joined()).root?.mapping
        #expect(mapping?["k499"]?.value == .int(499))
        #expect(mapping?["k500"] == nil)
    }

    @Test(
        "names the place of a mistake",
        arguments: [
            ("a: 1\nb: 2\na: 3\n", "x:3:1: key 'a' is already given on line 1"),
            ("<<: {a: 1}\n<<: {b: 1}\n", "x:2:1: key '<<' is already given on line 1"),
            ("a: *b\n", "x:1:4: alias '*b' has no anchor '&b' before it"),
            ("a: &a\n  b: *a\n", "x:2:6: alias '*a' stands inside of what it refers to"),
            ("a:\n  <<: 1\n", "x:2:7: '<<' takes a mapping or a list of mappings"),
            ("a: 1\n---\nb: 1\n", "x:2:1: a second document begins here, but one file holds one document"),
            ("a:\n\tb: 1\n", "x:2:1: found a tab where only spaces may indent while scanning for the next token"),
            ("a: @b\n", "x:1:4: found '@', which cannot start a value while scanning for the next token"),
            (
                "a: [1, 2\nb: 3\n",
                "x:2:2: did not find expected ',' or ']' while parsing a flow sequence that begins on line 1"
            ),
        ])
    func mistakes(_ text: String, _ expected: String) {
        #expect(load(text).errors.map { "\($0.position): \($0.message)" } == [expected])
    }

    @Test("reading goes on after mistakes that leave the structure clear")
    func several() {
        let document = load("a: 1\na: 2\nb: *c\nd: !!int x\n")
        #expect(document.errors.map(\.position.line).sorted() == [2, 3, 4])
        #expect(document.root?.mapping?["d"]?.text == "x")
    }
}
