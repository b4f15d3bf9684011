import Testing

/// `harness graph` as people and programs use it.
@Suite("harness graph")
struct GraphTests {
    private let text = """
        name: demo
        services:
          db: {image: i, ready: {tcp: 1}, volumes: ["data:/data"]}
          api: {image: i, depends_on: {db: {condition: service_healthy}}}
        volumes: {data: {}}
        """

    private func graph(_ text: String, _ options: [String]) throws -> (ChildProcess.Outcome, Scratch) {
        let scratch = try Scratch()
        try scratch.write(text, to: "environment.yaml")
        let outcome = try Harness.run(["graph"] + options, home: scratch.path, directory: scratch.path)
        return (outcome, scratch)
    }

    @Test(
        "prints each format to standard output",
        arguments: [
            ("text", "waits for db (healthy)"), ("dot", "\"service db\" -> \"service api\""),
            ("mermaid", "service0 -->|\"healthy\"| service1"), ("json", "\"condition\" : \"service_healthy\""),
            ("svg", "<path class=\"healthy\""),
        ])
    func formats(_ format: String, _ expected: String) throws {
        let (outcome, _) = try graph(text, ["--format", format])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.contains(expected), "\(outcome.output)")
        #expect(outcome.error == "")
    }

    @Test("writes to a file with -o, replacing what was there")
    func output() throws {
        let scratch = try Scratch()
        try scratch.write(text, to: "environment.yaml")
        let file = try scratch.write(String(repeating: "x", count: 10000), to: "graph.svg")
        let outcome = try Harness.run(
            ["graph", "--format", "svg", "-o", "graph.svg"], home: scratch.path, directory: scratch.path)
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output == "")
        let written = String(decoding: readFile(file) ?? [], as: UTF8.self)
        #expect(written.hasPrefix("<svg ") && written.hasSuffix("</svg>\n"))
    }

    @Test("an invalid file has no graph")
    func invalid() throws {
        let (outcome, _) = try graph("services: {s: {image: i, depends_on: [t]}}", ["--format", "json"])
        #expect(outcome.code == 65)
        #expect(outcome.output == "")
        #expect(outcome.error.contains("which is not defined"))
    }
}
