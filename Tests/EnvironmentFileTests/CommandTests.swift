import EnvironmentFile
import Testing

@Suite("command and entrypoint")
struct CommandTests {
    @Test(
        "a string is split as a shell splits words, a list is taken as it is",
        arguments: [
            ("command: sleep 1", ["sleep", "1"]),
            (#"command: sh -c "echo 'a b'""#, ["sh", "-c", "echo 'a b'"]),
            (#"command: a\ b  'c'"d""#, ["a b", "cd"]),
            (#"command: "echo '' \"\"""#, ["echo", "", ""]),
            ("command: [sh, -c, 'a b']", ["sh", "-c", "a b"]),
            ("command: []", []),
            ("command: ''", []),
            ("command:", nil),
            ("command: |\n  one\n  two", ["one", "two"]),
        ] as [(String, [String]?)])
    func forms(_ text: String, _ expected: [String]?) throws {
        let loaded = try loadService(text)
        #expect(loaded.messages == [])
        let service = try #require(loaded.service)
        #expect(service.command == expected)
        let entrypoint = try #require(try loadService(text.replacing("command", with: "entrypoint")).service)
        #expect(entrypoint.entrypoint == expected)
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("command: 12", "4:14: error: 'command' must be a string or a list, not 12"),
            ("command: [sleep, 1]", "4:22: error: each entry of 'command' must be a string, not 1"),
            ("entrypoint: {a: b}", "4:17: error: 'entrypoint' must be a string or a list, not a mapping"),
            ("command: echo 'a", "4:14: error: 'command' has a quote that is not closed"),
            ("command: 'echo \\'", "4:14: error: 'command' has a quote that is not closed"),
            (#"command: "a\0b""#, "4:14: error: a value can't contain a NUL character"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        #expect(try loadService(text).messages == [expected])
    }
}
