import EnvironmentFile
import Testing

@Suite("Rendering of diagnostics")
struct RenderingTests {
    private func render(_ line: String, column: Int, width: Int = 120, color: Bool = false) -> String {
        var sources = SourceTexts()
        sources.add(Array("first\n\(line)\n".utf8), file: "e.yaml")
        let position = SourcePosition(file: "e.yaml", line: 2, column: column)
        let diagnostic = Diagnostic(.error, .invalidValue, .position(position), "wrong", remedy: "mend it")
        return DiagnosticRenderer(sources: sources, usesColor: color, width: width).render(diagnostic)
    }

    @Test("looks like a compiler's")
    func shape() {
        #expect(render("a: b", column: 4) == "e.yaml:2:4: error: wrong\na: b\n   ^\nhelp: mend it\n")
    }

    @Test(
        "the caret stands under the character",
        arguments: [
            ("\ta: b", 5, "    a: b\n       ^"),
            ("日本: b", 5, "日本: b\n      ^"),
            ("e\u{301}: b", 5, "e\u{301}: b\n   ^"),
            ("a: b", 99, "a: b\n    ^"),
            ("a: \u{1B}[31mb", 4, "a: \u{FFFD}[31mb\n   ^"),
        ])
    func caret(_ line: String, _ column: Int, _ expected: String) {
        #expect(render(line, column: column) == "e.yaml:2:\(column): error: wrong\n\(expected)\nhelp: mend it\n")
    }

    @Test("long lines are cut around the caret")
    func cut() {
        let line = String(repeating: "a", count: 50) + "B" + String(repeating: "c", count: 50)
        let expected = "…aaaaaaaaaBcccccccc…\n          ^"
        #expect(render(line, column: 51, width: 20) == "e.yaml:2:51: error: wrong\n\(expected)\nhelp: mend it\n")
        #expect(render(line, column: 1, width: 20).contains("\naaaaaaaaaaaaaaaaaa…\n^\n"))
        #expect(render(line, column: 101, width: 20).contains("\n…cccccccccccccccccc\n                  ^\n"))
    }

    @Test("a line of megabytes is no burden")
    func huge() {
        let text = render(String(repeating: "x", count: 1 << 20), column: 900_000)
        #expect(text.utf8.count < 500)
    }

    @Test("colour only when asked for")
    func color() {
        #expect(render("a", column: 1, color: true).hasPrefix("\u{1B}[1me.yaml:2:1: \u{1B}[0m\u{1B}[1;31merror: "))
        #expect(!render("a", column: 1).contains("\u{1B}"))
    }

    @Test("prints the example of the contract")
    func contract() throws {
        let loaded = try load(
            "services:\n  api:\n    image: i\n    depends_on:\n      - postgrs\n  postgres:\n    image: p\n")
        #expect(
            loaded.rendered == """
                environment.yaml:5:9: error: service 'api' depends on 'postgrs', which is not defined
                      - postgrs
                        ^
                help: did you mean 'postgres'?

                """)
    }

    @Test("all mistakes come at once, sorted, each once")
    func all() throws {
        let loaded = try load(
            """
            services:
              b: &b
                image: i
                volums: [x]
                ports: ['99999']
              c: *b
              a:
                depends_on: [d]
            volume: {}
            """)
        #expect(
            loaded.rendered == """
                environment.yaml:4:5: error: 'volums' is not known in 'b'
                    volums: [x]
                    ^
                help: did you mean 'volumes'?
                environment.yaml:4:5: error: 'volums' is not known in 'c'
                    volums: [x]
                    ^
                help: did you mean 'volumes'?
                environment.yaml:5:13: error: '99999' is not a container port from 1 to 65535 in '99999'
                    ports: ['99999']
                            ^
                help: write CONTAINER, HOST:CONTAINER or ADDRESS:HOST:CONTAINER, with '/udp' where needed
                environment.yaml:7:3: error: service 'a' has neither 'image' nor 'build'
                  a:
                  ^
                help: add 'image: NAME'
                environment.yaml:8:18: error: service 'a' depends on 'd', which is not defined
                    depends_on: [d]
                                 ^
                help: add 'd:' under 'services:'
                environment.yaml:9:1: error: 'volume' is not known here
                volume: {}
                ^
                help: did you mean 'volumes'?

                """)
    }
}
