import EnvironmentFile
import Glibc
import Testing

@Suite("extends and include")
struct OtherFilesTests {
    private func resolve(_ files: [String: String], _ prepare: (Folder) throws -> Void = { _ in }) throws -> (
        text: String?, messages: [String]
    ) {
        let folder = try Folder(files)
        try prepare(folder)
        var request = LoadRequest(currentDirectory: folder.path)
        request.files = ["environment.yaml"]
        let result = EnvironmentLoader.resolve(request, format: .yaml)
        let messages = result.diagnostics.map { diagnostic in
            (diagnostic.position.map { "\($0.file):\($0.line):\($0.column): " } ?? "") + diagnostic.message
        }
        return (result.model?.text.replacing(folder.path, with: "FOLDER"), messages)
    }

    @Test("a service of another file keeps the meaning of its paths and gives way to what stands here")
    func paths() throws {
        let resolved = try resolve([
            "environment.yaml": "services: {a: {extends: {file: sub/b.yaml, service: b}, command: y}}\n",
            "sub/b.yaml": "services: {b: {image: i, command: x, volumes: ['./d:/d'], env_file: e.env}}\n",
            "sub/e.env": "K=v\n",
        ])
        #expect(resolved.messages == [])
        let text = try #require(resolved.text)
        for line in ["source: FOLDER/sub/d\n", "K: v\n", "- \"y\"\n"] { #expect(text.contains(line), "\(text)") }
        #expect(!text.contains("- x\n"))
    }

    @Test("an included file has its own folder and its own .env")
    func included() throws {
        let resolved = try resolve([
            "environment.yaml": "include: [sub/inc.yaml]\nservices: {a: {image: i, depends_on: [b]}}\n",
            "sub/inc.yaml": "name: other\nservices: {b: {image: 'i:${V}', build: ./ctx}}\n", "sub/.env": "V=3\n",
        ])
        let text = try #require(resolved.text, "\(resolved.messages)")
        #expect(text.contains("image: i:3\n") && text.contains("context: FOLDER/sub/ctx\n"))
        #expect(!text.contains("name: other\n"))
    }

    @Test("the test of an included file is not run, which is said at its place; one that is reset is nobody's")
    func includedTest() throws {
        func messages(_ include: String, _ inner: String, strict: Bool = false) throws -> [String] {
            let folder = try Folder([
                "environment.yaml": "include: \(include)\nservices: {a: {image: i}}\ntest: {command: mine}\n",
                "sub/inc.yaml": inner, "sub/none.yaml": "test: !reset null\n",
            ])
            var request = LoadRequest(currentDirectory: folder.path)
            request.files = ["environment.yaml"]
            request.isStrict = strict
            let loaded = Loaded(result: EnvironmentLoader.load(request))
            if !strict { #expect(loaded.environment?.test?.command == ["/bin/sh", "-c", "mine"]) }
            return loaded.result.diagnostics.map {
                "\($0.position?.description ?? ""): \($0.severity.rawValue): \($0.message)"
            }
        }
        let text = "services: {b: {image: i}}\ntest: {command: theirs}\n"
        let warning = "sub/inc.yaml:2:1: warning: 'test' of an included file is not run"
        #expect(try messages("[sub/inc.yaml]", text) == [warning])
        #expect(try messages("[sub/inc.yaml]", text.replacing("test:", with: "x-test:")) == [warning])
        #expect(try messages("[sub/inc.yaml]", text, strict: true) == [warning.replacing("warning", with: "error")])
        #expect(try messages("[{path: [sub/inc.yaml, sub/none.yaml]}]", text) == [])
    }

    @Test("a mistake in a file of variables is told in that file, its line quoted without the value")
    func variableFiles() throws {
        let folder = try Folder([
            "sub/environment.yaml": "services: {a: {image: i, env_file: e.env}}\n",
            "sub/e.env": "A=1\nPASSWORD=\"secret\n", "sub/l": "x",
        ])
        var request = LoadRequest(currentDirectory: folder.path)
        request.location = "sub"
        #expect(
            Loaded(result: EnvironmentLoader.load(request)).rendered == """
                sub/e.env:2:10: error: the quote that begins here is never closed
                PASSWORD="…
                         ^

                """)
    }

    @Test(
        "a mistake is told where it has to be mended",
        arguments: [
            (
                "services: {a: {extends: b}, b: {extends: a}}\n", "",
                "environment.yaml:1:25: services extend each other in a circle: 'a', 'b', 'a'"
            ),
            (
                "services: {a: {extends: {file: o.yaml, service: x}}}\n", "services: {b: {image: i}}\n",
                "environment.yaml:1:49: service 'a' extends 'x', which is not defined in 'o.yaml'"
            ),
            (
                "services: {a: {extends: {file: o.yaml, service: b}}}\n", "services: {b: {image: i, foo: 1}}\n",
                "o.yaml:1:26: 'foo' is not known here"
            ),
            (
                "services: {a: {extends: {file: n.yaml, service: b}}}\n", "",
                "environment.yaml:1:32: 'n.yaml': no such file"
            ),
            (
                "include: [o.yaml]\n", "include: [environment.yaml]\nservices: {b: {image: i}}\n",
                "o.yaml:1:11: files include each other in a circle: 'environment.yaml', 'o.yaml', 'environment.yaml'"
            ),
            (
                "include: [o.yaml]\nservices: {b: {image: j}}\n", "services: {b: {image: i}}\n",
                "environment.yaml:2:12: service 'b' is defined otherwise by the included o.yaml:1"
            ),
            (
                "include: ['https://example.com/x.yaml']\nservices: {b: {image: j}}\n", "",
                "environment.yaml:1:11: 'https://example.com/x.yaml' is not on this host, and remote files are not fetched"
            ),
        ])
    func mistakes(text: String, other: String, message: String) throws {
        let resolved = try resolve(["environment.yaml": text, "o.yaml": other])
        #expect(resolved.text == nil)
        #expect(resolved.messages.contains(message), "\(resolved.messages)")
    }

    @Test("a file that is a pipe, a folder or a circle of links is an error at its name, never a wait")
    func special() throws {
        let files = [
            "environment.yaml": """
            services:
              a: {image: i, env_file: pipe}
              b: {image: i, env_file: folder}
              c: {image: i, env_file: circle}
              d: {extends: {file: pipe, service: x}}

            """,
            "folder/x": "",
        ]
        let resolved = try resolve(files) { folder in
            #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
            #expect(symlink("circle", folder.path + "/circle") == 0)
        }
        for place in ["2:27", "3:27", "4:27", "5:23"] {
            #expect(resolved.messages.contains { $0.hasPrefix("environment.yaml:\(place): ") }, "\(resolved.messages)")
        }
    }

    @Test("long chains and wide trees of files end in an error")
    func bounds() throws {
        var chain = "services:\n  s0: {image: i}\n"
        for index in 1...5000 { chain += "  s\(index): {extends: s\(index - 1)}\n" }
        // From the far end first, so that nothing is finished on the way.
        let reversed = "services:\n" + chain.split(separator: "\n").dropFirst().reversed().map { $0 + "\n" }.joined()
        let resolved = try resolve(["environment.yaml": reversed])
        #expect(resolved.messages.contains { $0.contains("services extend each other in a row") })
        var files = ["environment.yaml": "include: [f1.yaml, f1.yaml]\n", "f30.yaml": "services: {s: {image: i}}\n"]
        for index in 1..<30 { files["f\(index).yaml"] = "include: [f\(index + 1).yaml, f\(index + 1).yaml]\n" }
        #expect(try resolve(files).messages.contains { $0.contains("more than 2000 files") })
    }
}
