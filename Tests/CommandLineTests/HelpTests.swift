import Testing

/// `harness help` and its topics.
@Suite("harness help")
struct HelpTests {
    static let topics = ["environment-file", "exit-codes", "images", "readiness", "variables"]

    private func harness(_ arguments: String...) throws -> ChildProcess.Outcome {
        try Harness.run(arguments, home: try Scratch().path)
    }

    /// What a topic says.
    private func text(_ topic: String) throws -> String {
        let outcome = try harness("help", topic)
        try #require(outcome.code == 0, "\(outcome.error)")
        return outcome.output
    }

    @Test("lists commands and topics, however it is asked for")
    func overview() throws {
        let overview = try harness("help")
        #expect(overview.code == 0)
        #expect(overview.error == "")
        for word in ["run", "completion"] + Self.topics { #expect(overview.output.contains("\n  \(word) ")) }
        #expect(try harness().output == overview.output)
        #expect(try harness("--help").output == overview.output)
        #expect(try harness("help", "help").output == overview.output)
    }

    @Test("a topic is plain text of 80 columns", arguments: topics)
    func form(topic: String) throws {
        let text = try text(topic)
        #expect(text.utf8.allSatisfy { $0 == 0x0A || (0x20..<0x7F).contains($0) })
        for line in text.split(separator: "\n") {
            #expect(line.count <= 80, "\(line)")
            #expect(line.last != " ", "\(line)")
        }
    }

    @Test("a command's help is that of its own option", arguments: [["run"], ["image"], ["image", "rm"]])
    func command(words: [String]) throws {
        let home = try Scratch().path
        let outcome = try Harness.run(["help"] + words, home: home)
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("harness \(words.joined(separator: " "))"))
        #expect(try outcome.output == Harness.run(words + ["--help"], home: home).output)
    }

    @Test(
        "what is neither is wrong usage, with what was meant",
        arguments: [
            (["readines"], "no topic 'readines'", "did you mean 'readiness'?"),
            (["exit-code"], "no topic 'exit-code'", "did you mean 'exit-codes'?"),
            (["valdate"], "no command and no topic 'valdate'", "did you mean 'validate'?"),
            (["image", "prun"], "no command 'prun'", "did you mean 'prune'?"),
            (["images", "more"], "no topic 'images more'", "'harness help' lists what there is"),
            (["xyzzy"], "no topic 'xyzzy'", "'harness help' lists what there is"),
        ])
    func unknown(words: [String], message: String, remedy: String) throws {
        let outcome = try Harness.run(["help"] + words, home: try Scratch().path)
        #expect(outcome.code == 64)
        #expect(outcome.output == "")
        #expect(outcome.error.contains(message), "\(outcome.error)")
        #expect(outcome.error.hasSuffix("\n  help: \(remedy)\n"), "\(outcome.error)")
    }

    @Test("the example of an environment file is valid, and so are those of readiness")
    func examples() throws {
        let file = try #require(try paragraph(after: "few additions:", in: text("environment-file")))
        var files = [file]
        for line in try text("readiness").split(separator: "\n") where line.hasPrefix("  ready: {") {
            let condition = try #require(line.lastIndex(of: "}").map { line[...$0] })
            files.append("services:\n  s:\n    image: i\n  \(condition)\n")
        }
        #expect(files.count == 6)
        for file in files {
            let scratch = try Scratch()
            try scratch.write(file, to: "environment.yaml")
            let outcome = try Harness.run(["validate", "--strict"], home: scratch.path, directory: scratch.path)
            #expect(outcome.error == "valid\n")
        }
    }

    /// The lines between the next two empty ones behind a text.
    private func paragraph(after mark: String, in text: String) -> String? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(where: { $0.hasSuffix(mark) }) else { return nil }
        return lines.dropFirst(start + 2).prefix { !$0.isEmpty }.joined(separator: "\n") + "\n"
    }

    @Test("no variable that the sources name is missing, and no exit code of the README")
    func isWhole() throws {
        let variables = try text("variables")
        let named = try lines(
            "grep -rhoE '\"HARNESS_[A-Z_]*[A-Z]\"|\"COMPOSE_[A-Z_]*[A-Z]\"' Sources | tr -d '\"' | sort -u")
        #expect(named.count > 10)
        for name in named { #expect(variables.contains("  \(name) "), "\(name)") }
        let codes = try text("exit-codes")
        let rows = try lines(
            "sed -n '/^## Exit codes/,/^## How/s/^| \\([0-9, ]*\\) |.*/\\1/p' README.md | tr -d ' ' | tr , '\\n'")
        #expect(rows.count > 6)
        for code in rows { #expect(codes.contains(" \(code)   "), "\(code)") }
    }

    private func lines(_ script: String) throws -> [String] {
        try ChildProcess(
            ["/usr/bin/env", "--chdir=\(repository)", "/bin/sh", "-c", script], environment: ["PATH": "/usr/bin:/bin"]
        ).wait().output.split(separator: "\n").map(String.init)
    }
}
