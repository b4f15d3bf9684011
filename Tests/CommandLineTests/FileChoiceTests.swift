import Testing

/// Where the environment comes from, as every command that reads one takes it: options first, then variables.
@Suite("Which files are read")
struct FileChoiceTests {
    private let files = [
        "environment.yaml": "services: {main: {image: \"i:${TAG-none}\"}}\n",
        "a.yaml": "services: {a: {image: i}}\n", "b.yaml": "services: {a: {command: [b]}, b: {image: i}}\n",
        "tags": "TAG=7\n", "sub/compose.yaml": "services: {below: {image: i, build: .}}\n",
    ]

    private func services(
        _ options: [String], variables: [String: String] = [:], input: String? = nil
    ) throws -> ChildProcess.Outcome {
        let scratch = try Scratch()
        for (name, text) in files { try scratch.write(text, to: name) }
        let arguments = ["config", "--services"] + options
        guard let input else {
            return try Harness.run(arguments, home: scratch.path, variables: variables, directory: scratch.path)
        }
        try scratch.write(input, to: "input")
        let shell = ["/usr/bin/env", "--chdir=\(scratch.path)", "/bin/sh", "-c", "exec \"$0\" \"$@\" < input"]
        let variables = ["PATH": "/usr/bin:/bin", "HARNESS_HOME": scratch.path]
        return try ChildProcess(shell + [Harness.binary] + arguments, environment: variables).wait()
    }

    @Test(
        "options and variables choose them",
        arguments: [
            ([], [:], "main\n"), (["-f", "a.yaml"], [:], "a\n"), (["-f", "a.yaml", "-f", "b.yaml"], [:], "a\nb\n"),
            (["sub"], [:], "below\n"), ([], ["COMPOSE_FILE": "a.yaml:b.yaml"], "a\nb\n"),
            ([], ["COMPOSE_FILE": "a.yaml|b.yaml", "COMPOSE_PATH_SEPARATOR": "|"], "a\nb\n"),
            (["-f", "a.yaml"], ["COMPOSE_FILE": "b.yaml"], "a\n"),
        ] as [([String], [String: String], String)])
    func chosen(_ options: [String], _ variables: [String: String], _ expected: String) throws {
        let outcome = try services(options, variables: variables)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output == expected)
    }

    @Test("'-f -' is standard input")
    func standardInput() throws {
        let outcome = try services(["-f", "-"], input: "services: {piped: {image: i}}\n")
        #expect(outcome.output == "piped\n", "\(outcome.error)")
        let bad = try services(["-f", "-"], input: "services: {piped: {imge: i}}\n")
        #expect(bad.code == 65)
        #expect(bad.error.contains(":1:20: error: 'imge' is not known in 'piped'"), "\(bad.error)")
    }

    private func config(_ options: [String], variables: [String: String] = [:]) throws -> String {
        let scratch = try Scratch()
        for (name, text) in files { try scratch.write(text, to: name) }
        return try Harness.run(
            ["config"] + options, home: scratch.path, variables: variables, directory: scratch.path
        ).output.replacing(scratch.path, with: "HERE")
    }

    @Test("the project's name comes from -p, then COMPOSE_PROJECT_NAME")
    func name() throws {
        #expect(try config([], variables: ["COMPOSE_PROJECT_NAME": "fromvariable"]).hasPrefix("name: fromvariable\n"))
        let both = try config(["-p", "fromoption"], variables: ["COMPOSE_PROJECT_NAME": "fromvariable"])
        #expect(both.hasPrefix("name: fromoption\n"))
    }

    @Test("profiles come from --profile and COMPOSE_PROFILES")
    func profiles() throws {
        let scratch = try Scratch()
        try scratch.write(
            "services: {a: {image: i}, b: {image: i, profiles: [p]}, c: {image: i, profiles: [q]}}\n",
            to: "environment.yaml")
        func services(_ options: [String], _ variables: [String: String]) throws -> String {
            try Harness.run(
                ["config", "--services"] + options, home: scratch.path, variables: variables, directory: scratch.path
            ).output
        }
        #expect(try services([], [:]) == "a\n")
        #expect(try services(["--profile", "p"], [:]) == "a\nb\n")
        #expect(try services([], ["COMPOSE_PROFILES": "p,q"]) == "a\nb\nc\n")
        #expect(try services(["--profile", "p"], ["COMPOSE_PROFILES": "q"]) == "a\nb\nc\n")
        #expect(try services(["--profile", "*"], [:]) == "a\nb\nc\n")
    }

    @Test("--env-file gives variables, --project-directory says where paths start")
    func variablesAndPaths() throws {
        #expect(try config([]).contains("image: i:none\n"))
        #expect(try config(["--env-file", "tags"]).contains("image: i:7\n"))
        #expect(try config(["-f", "sub/compose.yaml"]).contains("context: HERE/sub\n"))
        let moved = try config(["-f", "sub/compose.yaml", "--project-directory", "."])
        #expect(moved.contains("context: HERE\n"))
    }
}
