import EnvironmentFile
import LocalStacks
import Testing

@Suite("A program's line on a terminal")
struct TerminalTextTests {
    @Test(
        "is broken into rows by what it is wide",
        arguments: [
            ("", [""]), ("short", ["short"]), ("0123456789", ["0123456789"]), ("0123456789ab", ["0123456789", "ab"]),
            // Each of these is two columns wide.
            ("日本語日本語", ["日本語日本", "語"]), ("a日本語日本", ["a日本語日", "本"]),
            // A combining mark has no width, and stays with its letter.
            ("123456789e\u{301}x", ["123456789e\u{301}", "x"]), ("🎉🎉🎉🎉🎉🎉", ["🎉🎉🎉🎉🎉", "🎉"]),
        ])
    func wrapped(line: String, rows: [String]) {
        #expect(TerminalText.rows(of: line, columns: 10) == rows)
        for row in rows { #expect(DisplayWidth.of(row) <= 10) }
    }

    @Test(
        "keeps its colours, which go on in the next row and end with it",
        arguments: [
            ("\u{1b}[31mred\u{1b}[0m no", ["\u{1b}[31mred\u{1b}[0m no\u{1b}[0m"]),
            ("\u{1b}[31mred\u{1b}[0m and plain", ["\u{1b}[31mred\u{1b}[0m and pl\u{1b}[0m", "ain"]),
            ("no \u{1b}[32mend", ["no \u{1b}[32mend\u{1b}[0m"]),
            (
                "\u{1b}[1m\u{1b}[31m0123456789ab",
                ["\u{1b}[1m\u{1b}[31m0123456789\u{1b}[0m", "\u{1b}[1m\u{1b}[31mab\u{1b}[0m"]
            ),
        ])
    func styles(line: String, rows: [String]) {
        #expect(TerminalText.rows(of: line, columns: 10) == rows)
    }

    @Test("has none where the terminal has none")
    func withoutStyles() {
        #expect(TerminalText.rows(of: "\u{1b}[31mred\u{1b}[0m", columns: 10, keepsStyles: false) == ["red"])
    }

    @Test(
        "does not steer the terminal",
        arguments: [
            ("\u{1b}[2J\u{1b}[Hcleared", "cleared"), ("up\u{1b}[1Ap", "upp"), ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]8;;http://host\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"), ("\u{1b}Pq#0\u{1b}\\after", "after"),
            ("\u{1b}cafter", "after"), ("\u{1b}(Bafter", "after"), ("bell\u{7}", "bell"), ("\u{9b}2Jx", "2Jx"),
            ("cut \u{1b}", "cut "), ("cut \u{1b}[3", "cut "), ("cut \u{1b}]0;no end", "cut "), ("nul\u{0}", "nul"),
            ("\u{1b}[?25lhidden", "hidden"), ("\u{1b}[>4;2mkeys", "keys"),
        ])
    func control(line: String, shown: String) {
        #expect(TerminalText.rows(of: line, columns: 40) == [shown])
    }

    @Test(
        "is shown as a terminal would leave it",
        arguments: [
            ("10 %\r50 %\r100 %", "100 %"), ("with the end of Windows\r", "with the end of Windows"),
            ("a\tb", "a       b"),
            ("12345678\tb", "12345678        b"), ("ab\u{8}c", "ac"),
        ])
    func overwritten(line: String, shown: String) {
        #expect(TerminalText.rows(of: line, columns: 40) == [shown])
    }

    @Test(
        "is cut with a sign of it",
        arguments: [
            ("short", "short"), ("0123456789", "0123456789"), ("0123456789a", "012345678…"), ("日本語日本語", "日本語日…"),
        ])
    func cut(text: String, expected: String) {
        #expect(TerminalText.cut(text, columns: 10) == expected)
    }
}
