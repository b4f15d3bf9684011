import EnvironmentFile
import Glibc
import OrderedCollections
import Testing

@Suite("Finding the file")
struct LocationTests {
    private let text = "services: {s: {image: i}}\n"

    private func load(_ folder: Folder, _ change: (inout LoadRequest) -> Void) -> Loaded {
        var request = LoadRequest(currentDirectory: folder.path)
        change(&request)
        return Loaded(result: EnvironmentLoader.load(request))
    }

    @Test(
        "a folder holds it under one of its names, in this order",
        arguments: [
            "environment.yaml", "environment.yml", "compose.yaml", "compose.yml", "docker-compose.yaml",
            "docker-compose.yml",
        ])
    func names(_ name: String) throws {
        let folder = try Folder(["env/docker-compose.yml": text])
        try folder.write(text, to: "env/\(name)")
        let loaded = load(folder) { $0.location = "env/" }
        #expect(loaded.environment?.files == ["env/\(name)"])
        #expect(loaded.environment?.directory == folder.path + "/env")
        #expect(loaded.environment?.name == "env")
    }

    @Test("without a name the current folder is looked at, then those above")
    func upward() throws {
        let folder = try Folder(["environment.yaml": text, "a/b/c": ""])
        #expect(load(folder) { _ in }.environment?.files == ["environment.yaml"])
        let below = load(folder) { $0.currentDirectory += "/a/b" }
        #expect(below.environment?.files == [folder.path + "/environment.yaml"])
    }

    @Test("an override file beside it is merged")
    func overrideFile() throws {
        let folder = try Folder([
            "compose.yaml": text, "compose.override.yaml": "services: {s: {user: u}, t: {image: j}}\n",
        ])
        let loaded = load(folder) { _ in }
        #expect(loaded.environment?.files == ["compose.yaml", "compose.override.yaml"])
        #expect(loaded.service?.user == "u")
        #expect(loaded.environment?.services["t"]?.image?.value == "j")
    }

    @Test("COMPOSE_FILE names files, also from .env and with another separator")
    func composeFile() throws {
        let folder = try Folder([
            "a.yaml": text, "b.yaml": "services: {s: {user: u}}\n", ".env": "COMPOSE_FILE=a.yaml:b.yaml\n",
        ])
        #expect(load(folder) { _ in }.service?.user == "u")
        let other = load(folder) {
            $0.variables = ["COMPOSE_FILE": "a.yaml;;b.yaml", "COMPOSE_PATH_SEPARATOR": ";;"]
        }
        #expect(other.environment?.files == ["a.yaml", "b.yaml"])
        #expect(load(folder) { $0.files = ["a.yaml"] }.environment?.files == ["a.yaml"])
    }

    @Test("'-' is standard input")
    func standardInput() throws {
        var ends: [CInt] = [0, 0]
        try #require(pipe(&ends) == 0)
        let bytes = Array("name: piped\nservices: {s: {image: 5}}\n".utf8)
        #expect(write(ends[1], bytes, bytes.count) == bytes.count)
        close(ends[1])
        let loaded = load(try Folder()) {
            $0.files = ["-"]
            $0.standardInput = ends[0]
        }
        close(ends[0])
        #expect(
            loaded.rendered.hasPrefix("-:2:23: error: 'image' must be a string, not 5\nservices: {s: {image: 5}}\n"))
    }

    @Test("a path is shown as it was typed")
    func typed() throws {
        let folder = try Folder(["env/x.yaml": "a: 1\n"])
        for path in ["env/x.yaml", "./env/x.yaml", folder.path + "/env/x.yaml"] {
            #expect(load(folder) { $0.location = path }.result.diagnostics.first?.position?.file == path)
        }
    }

    @Test("what can't be read is named with the reason, and a pipe never blocks")
    func unreadable() throws {
        let folder = try Folder([
            "empty.yaml": "", "comment.yaml": "# only\n", "null.yaml": "---\n", "list.yaml": "- a\n", "d/x": "",
        ])
        mkfifo(folder.path + "/fifo", 0o644)
        symlink("loop", folder.path + "/loop")
        let expected = [
            "gone.yaml": "gone.yaml: error: no such file",
            "fifo": "fifo: error: is a pipe, not a regular file",
            "/dev/zero": "/dev/zero: error: is a device, not a regular file",
            "loop": "loop: error: can't be read: Too many levels of symbolic links",
            "empty.yaml": "empty.yaml: error: the file is empty",
            "comment.yaml": "comment.yaml: error: the file is empty",
            "null.yaml": "null.yaml: error: the file is empty",
            "list.yaml": "1:1: error: an environment file is a mapping",
            "d": "d: error: this folder holds no environment file",
            "a\0b": "a\0b: error: no such file",
        ]
        for (name, message) in expected {
            #expect(load(folder) { $0.location = name }.messages == [message])
        }
        #expect(load(folder) { $0.files = ["d"] }.messages == ["d: error: is a directory, not a file"])
        let both = load(folder) {
            $0.location = "d"
            $0.files = ["list.yaml"]
        }
        #expect(both.messages == ["d: error: an environment can't be named together with '-f'"])
        #expect(
            load(folder) { $0.currentDirectory += "/d" }.messages.first?.hasSuffix(
                "no environment file here or in any folder above") == true)
    }

    @Test("ten megabytes of brackets are an error in little time")
    func brackets() throws {
        let folder = try Folder(["x.yaml": String(repeating: "[", count: 10 << 20)])
        var loaded: Loaded?
        let time = ContinuousClock().measure { loaded = load(folder) { $0.location = "x.yaml" } }
        #expect(loaded?.messages == ["1:257: error: nested more than 256 levels deep"])
        #expect(time < .seconds(30))
        #expect((loaded?.rendered.utf8.count ?? .max) < 500)
    }
}
