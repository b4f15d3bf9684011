import Testing

/// `harness validate` as scripts use it.
@Suite("harness validate")
struct ValidateTests {
    private let good = "services: {s: {image: i}}\n"
    private let warned = "version: '3'\nservices: {s: {image: i}}\n"
    private let bad = "services:\n  s: {image: i, prots: []}\n"

    private func validate(
        _ text: String, _ options: [String] = [], variables: [String: String] = [:]
    ) throws -> ChildProcess.Outcome {
        let scratch = try Scratch()
        try scratch.write(text, to: "environment.yaml")
        return try Harness.run(
            ["validate"] + options, home: scratch.path, variables: variables, directory: scratch.path)
    }

    @Test("exits with 0 for a good file and says so")
    func valid() throws {
        let outcome = try validate(good)
        #expect(outcome.code == 0)
        #expect(outcome.output == "")
        #expect(outcome.error == "valid\n")
    }

    @Test("exits with 65 for a bad one, with the line, a caret and the remedy")
    func invalid() throws {
        let outcome = try validate(bad)
        #expect(outcome.code == 65)
        #expect(
            outcome.error == """
                environment.yaml:2:17: error: 'prots' is not known in 's'
                  s: {image: i, prots: []}
                                ^
                help: did you mean 'ports'?
                invalid: 1 error

                """)
    }

    @Test("warnings fail only with --strict")
    func strict() throws {
        let lenient = try validate(warned)
        #expect(lenient.code == 0)
        #expect(lenient.error.hasSuffix("valid, with 1 warning\n"))
        let strict = try validate(warned, ["--strict"])
        #expect(strict.code == 65)
        #expect(strict.error.contains("environment.yaml:1:1: error: 'version' is obsolete"))
    }

    @Test("run takes --strict too, before anything boots")
    func strictRun() throws {
        let scratch = try Scratch()
        try scratch.write(warned, to: "environment.yaml")
        let outcome = try Harness.run(["run", "--strict", scratch.path, "--", "true"], home: scratch.path)
        #expect(outcome.code == 65)
        #expect(outcome.error.contains("error: 'version' is obsolete"))
    }

    @Test(
        "formats for programs go to standard output, alone",
        arguments: [
            ("json", "\"code\" : \"unknown-key\""), ("sarif", "\"ruleId\" : \"unknown-key\""),
            ("github", "::error file=environment.yaml,line=2,col=17::'prots' is not known in 's'"),
        ])
    func formats(_ format: String, _ text: String) throws {
        let outcome = try validate(bad, ["--format", format])
        #expect(outcome.code == 65)
        #expect(outcome.output.contains(text))
        #expect(outcome.error == "")
    }

    @Test("on GitHub Actions the text is followed by annotations")
    func annotations() throws {
        let outcome = try validate(bad, variables: ["GITHUB_ACTIONS": "true"])
        #expect(outcome.error.contains("\n::error file=environment.yaml,line=2,col=17::"))
    }

    @Test("with --progress json diagnostics are events")
    func events() throws {
        let outcome = try validate(bad, ["--progress", "json"])
        let start = "{\"code\":\"unknown-key\",\"column\":17,\"endColumn\":22,\"event\":\"diagnostic\""
        #expect(outcome.error.hasPrefix(start))
        #expect(outcome.error.split(separator: "\n").count == 1)
    }
}
