import Testing

/// `harness config` as people and programs use it: every flag, each with something that is not so without it.
@Suite("harness config")
struct ConfigTests {
    private let text = """
        name: demo
        services:
          web:
            image: "web:${TAG:-1}"
            build: ./src
            networks: [front]
            volumes: ["data:/data"]
            env_file: web.env
            depends_on: [db]
          db: {image: db, networks: [front]}
          tool: {image: tool, profiles: [debug], networks: [front]}
        networks: {front: , unused: }
        volumes: {data: , old: }
        """

    private func config(
        _ options: [String], _ files: [String: String] = [:], variables: [String: String] = [:]
    ) throws -> ChildProcess.Outcome {
        let scratch = try Scratch()
        try scratch.write(text, to: "environment.yaml")
        try scratch.write("LEVEL=debug\n", to: "web.env")
        for (name, text) in files { try scratch.write(text, to: name) }
        return try Harness.run(
            ["config"] + options, home: scratch.path, variables: variables, directory: scratch.path)
    }

    @Test(
        "lists, one on a line",
        arguments: [
            ("--services", "db\nweb\n"), ("--volumes", "data\n"), ("--networks", "front\n"),
            ("--images", "db\nweb:1\n"), ("--profiles", "debug\n"),
        ])
    func listings(_ flag: String, _ expected: String) throws {
        let outcome = try config([flag])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output == expected)
    }

    @Test("lists models, of which Compose's JSON knows nothing")
    func models() throws {
        let outcome = try config(
            ["-f", "m.yaml", "--models"],
            ["m.yaml": "services: {s: {image: i, models: [small]}}\nmodels: {small: {model: x}, other: {model: y}}\n"])
        #expect(outcome.output == "small\n", "\(outcome.error)")
    }

    @Test("tells the variables that the files use, and those that are there")
    func variables() throws {
        let used = try config(["--variables"])
        #expect(used.output.contains("\nTAG                 false               1"), "\(used.output)")
        let known = try config(["--environment"], variables: ["HERE": "yes"])
        #expect(known.output.contains("HERE=yes\n"))
        #expect(known.output.contains("COMPOSE_PROJECT_NAME=demo\n"))
    }

    @Test("gives the digest of a service, of several, of all")
    func hash() throws {
        let all = try config(["--hash", "*"])
        let lines = all.output.split(separator: "\n")
        #expect(lines.map { $0.prefix { $0 != " " } } == ["db", "web"])
        #expect(lines.allSatisfy { $0.split(separator: " ").last?.count == 64 })
        #expect(try config(["--hash", "db"]).output == String(lines.first ?? "") + "\n")
        let other = try config(["--hash", "web"], variables: ["TAG": "2"])
        #expect(other.output != String(lines.last ?? "") + "\n")
        let unknown = try config(["--hash", "nobody"])
        #expect(unknown.code == 64)
        #expect(unknown.error.contains("there is no service 'nobody'"))
    }

    @Test(
        "leaves undone what it is told to",
        arguments: [
            ("--no-interpolate", "image: web:${TAG:-1}\n", "image: web:1\n"),
            ("--no-normalize", "name: demo\n", "dockerfile: Dockerfile\n"),
            ("--no-path-resolution", "context: ./src\n", "context: /"),
            ("--no-env-resolution", "env_file:\n", "LEVEL: debug\n"),
        ])
    func undone(_ flag: String, _ present: String, _ absent: String) throws {
        let done = try config([])
        #expect(done.output.contains(absent) && (!done.output.contains(present) || present == "name: demo\n"))
        let outcome = try config([flag])
        #expect(outcome.code == 0, "\(outcome.error)")
        #expect(outcome.output.contains(present) && !outcome.output.contains(absent), "\(outcome.output)")
    }

    @Test("with --no-consistency what is referred to need not exist")
    func consistency() throws {
        let files = ["b.yaml": "services: {s: {image: i, networks: [nowhere]}}\n"]
        #expect(try config(["-f", "b.yaml"], files).code == 65)
        #expect(try config(["-f", "b.yaml", "--no-consistency"], files).output.contains("nowhere: null\n"))
    }

    @Test("prints YAML, or JSON, to standard output or a file, or nothing")
    func places() throws {
        #expect(try config([]).output.hasPrefix("name: demo\nservices:\n"))
        #expect(try config(["--format", "json"]).output.hasPrefix("{\n  \"name\": \"demo\",\n"))
        #expect(try config(["--format", "toml"]).code == 64)
        #expect(try config(["-q"]).output == "")
        let scratch = try Scratch()
        try scratch.write("services: {s: {image: i}}\n", to: "environment.yaml")
        let outcome = try Harness.run(["config", "-o", "out.yaml"], home: scratch.path, directory: scratch.path)
        #expect(outcome.code == 0 && outcome.output == "", "\(outcome.error)")
        let written = String(decoding: readFile(scratch.path + "/out.yaml") ?? [], as: UTF8.self)
        #expect(written.contains("image: i\n"))
    }

    @Test("--resolve-image-digests asks the local store, and says what it lacks")
    func digests() throws {
        let home = try Store.withBusybox()
        let scratch = try Scratch()
        try scratch.write("services: {s: {image: busybox}}\n", to: "environment.yaml")
        let outcome = try Harness.run(
            ["config", "--resolve-image-digests"], home: home, directory: scratch.path)
        #expect(outcome.output.contains("image: busybox@sha256:"), "\(outcome.error)")
        let missing = try config(["--resolve-image-digests"])
        #expect(missing.code != 0 && missing.output == "")
        #expect(missing.error.contains("db"))
    }

    @Test("two listings, or one and --hash, exclude each other")
    func exclusive() throws {
        #expect(try config(["--services", "--volumes"]).code == 64)
        #expect(try config(["--services", "--hash", "*"]).code == 64)
    }
}
