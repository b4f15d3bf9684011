import EnvironmentFile
import OrderedCollections
import Testing

@Suite("Images in files")
struct FileImageTests {
    /// What is written, and what is meant; `@` is the file's folder.
    static let names = [
        ("oci:./image:1.0", "oci:@/image:1.0"), ("oci-archive:a/../b.tar", "oci-archive:@/b.tar"),
        ("docker-archive:/a.tar:app:1", "docker-archive:/a.tar:app:1"), ("dir:a:b", "dir:@/a:b"),
        ("docker://oci:1", "docker://oci:1"), ("app:1", "app:1"), ("ocix:./a", "ocix:./a"),
    ]

    @Test("relative paths begin at the file's folder", arguments: names)
    func paths(name: String, expected: String) throws {
        let folder = try Folder([
            "environment.yaml": "services: {s: {image: '\(name)'}}\ntest: {on: {image: '\(name)'}, command: 'true'}\n"
        ])
        var request = LoadRequest(variables: [:], currentDirectory: folder.path)
        request.files = ["environment.yaml"]
        let environment = try #require(EnvironmentLoader.load(request).environment)
        let meant = expected.replacing("@", with: folder.path)
        #expect(environment.services["s"]?.image?.value == meant)
        #expect(environment.test?.place == .image(meant))
    }

    @Test("a name without a path is an error at its place", arguments: ["oci:", "dir:", "docker-archive::app"])
    func noPath(name: String) throws {
        let loaded = try load("services:\n  s:\n    image: '\(name)'\n")
        #expect(loaded.messages == ["3:12: error: '\(name)' names no path"])
    }
}
