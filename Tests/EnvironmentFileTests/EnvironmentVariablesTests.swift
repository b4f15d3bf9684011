import EnvironmentFile
import OrderedCollections
import Testing

@Suite("environment and env_file")
struct EnvironmentVariablesTests {
    @Test(
        "every form gives the same variables",
        arguments: [
            "environment: {A: 1, B: 'x y', C: true, D: '', E: 1.50}",
            "environment: ['A=1', 'B=x y', C=true, 'D=', E=1.50]",
            "environment:\n  - A=0\n  - A=1\n  - B=x y\n  - C=true\n  - D=\n  - E=1.50",
        ])
    func forms(_ text: String) throws {
        let loaded = try loadService(text)
        #expect(loaded.messages == [])
        #expect(loaded.service?.environment == ["A": "1", "B": "x y", "C": "true", "D": "", "E": "1.50"])
    }

    @Test("a name without value takes the caller's, or is left out", arguments: ["[A, B]", "{A: , B: null}"])
    func inherited(_ text: String) throws {
        let loaded = try loadService("environment: \(text)", variables: ["A": "from the caller"])
        #expect(loaded.service?.environment == ["A": "from the caller"])
    }

    @Test("env_file comes first, later files win, environment wins over all")
    func order() throws {
        let loaded = try loadService(
            "env_file: [one.env, {path: two.env}, {path: gone.env, required: false}]\nenvironment: {C: 3}",
            beside: ["one.env": "A=1\nB=1\nC=1\n", "two.env": "B=2\nC=2\nD=$A$X\n"], variables: ["X": "x"])
        #expect(loaded.messages == [])
        #expect(loaded.service?.environment == ["A": "1", "B": "2", "C": "3", "D": "1x"])
    }

    @Test("a single env_file needs no list, and a raw one is taken as it stands")
    func rawFormat() throws {
        let files = ["a.env": "A=\"q\" # c\nB=$X\n"]
        #expect(
            try loadService("env_file: a.env", beside: files, variables: ["X": "x"]).service?.environment == [
                "A": "q", "B": "x",
            ])
        let raw = try loadService("env_file: [{path: a.env, format: raw}]", beside: files)
        #expect(raw.service?.environment == ["A": "\"q\" # c", "B": "$X"])
    }

    @Test(
        "mistakes are named",
        arguments: [
            ("environment: A=1", "4:18: error: 'environment' must be a mapping or a list, not 'A=1'"),
            ("environment: {A: [1]}", "4:22: error: 'A' must be a single value, not a list"),
            ("environment: {1: a}", "4:19: error: a key must be a string"),
            ("environment: ['=a']", "4:19: error: '' can't be a variable's name"),
            ("environment: [{A: 1}]", "4:19: error: each entry of 'environment' must be a string, not a mapping"),
            ("env_file: gone.env", "4:15: error: env_file 'gone.env': no such file"),
            ("env_file: .", "4:15: error: env_file '.': is a directory, not a file"),
            ("env_file: [{path: a, format: x}]", "4:34: error: 'x' is no format of an 'env_file'"),
            ("env_file: [{required: true}]", "4:16: error: each entry of 'env_file' has no 'path'"),
            ("env_file:", "4:14: error: 'env_file' must be a string or a list, not empty"),
        ])
    func mistakes(_ text: String, _ expected: String) throws {
        #expect(try loadService(text).messages == [expected])
    }

    @Test("a mistake in an env_file is located there")
    func dotenvMistake() throws {
        let loaded = try loadService("env_file: a.env", beside: ["a.env": "A=1\n\nB='x\n"])
        #expect(
            loaded.result.diagnostics.map(\.subject) == [.position(SourcePosition(file: "a.env", line: 3, column: 3))])
    }
}
