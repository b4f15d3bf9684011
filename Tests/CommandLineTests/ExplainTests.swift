import Testing

/// `harness config --explain` and `--schema` as people and editors use them.
@Suite("harness config: variables and schema")
struct ExplainTests {
    private let text = "services:\n  s: {image: \"i:${TAG:-1}\", command: \"${NEEDED:?x}\"}\n"

    private func config(_ options: [String], variables: [String: String] = [:]) throws -> ChildProcess.Outcome {
        let scratch = try Scratch()
        try scratch.write(text, to: "environment.yaml")
        try scratch.write("# tags\nTAG=2\n", to: ".env")
        return try Harness.run(
            ["config"] + options, home: scratch.path, variables: variables, directory: scratch.path)
    }

    @Test("a variable's origin and uses go to standard output")
    func explain() throws {
        let outcome = try config(["--explain", "TAG"], variables: ["NEEDED": "y"])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(
            outcome.output == """
                TAG=2
                  from .env:2
                used in
                  environment.yaml:2:17: ${TAG:-1} gives '2'

                """)
    }

    @Test("the caller's environment wins, and what it replaces is named")
    func override() throws {
        let outcome = try config(["--explain", "TAG"], variables: ["NEEDED": "y", "TAG": "3"])
        #expect(outcome.output.contains("from the caller's environment\n  instead of the value in .env:2\n"))
    }

    @Test("a variable that makes the file invalid is explained too")
    func invalid() throws {
        let outcome = try config(["--explain", "NEEDED"])
        #expect(outcome.code == 65)
        #expect(outcome.output.hasPrefix("NEEDED is not set\nused in\n"))
        #expect(outcome.error.contains("required variable 'NEEDED' has no value: x"))
    }

    @Test("the schema needs no environment file")
    func schema() throws {
        let scratch = try Scratch()
        let outcome = try Harness.run(["config", "--schema"], home: scratch.path, directory: scratch.path)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.hasPrefix("{\n"))
        #expect(outcome.output.contains("\"$schema\" : \"http://json-schema.org/draft-07/schema#\""))
    }
}
