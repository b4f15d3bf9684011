import EnvironmentFile
import Foundation
import Testing

@Suite("Where variables come from")
struct ExplainTests {
    private let text = "services:\n  s:\n    image: \"i:${TAG:-1}\"\n    environment: {A: $TAG, B: 'x${PORT-${TAG}}'}\n"

    private func explain(
        _ name: String, beside files: [String: String] = [:], variables: [String: String] = [:],
        envFiles: [String] = []
    ) throws -> String {
        let folder = try Folder(files.merging(["environment.yaml": text]) { _, new in new })
        var request = LoadRequest(variables: variables, currentDirectory: folder.path)
        request.environmentFiles = envFiles
        return EnvironmentLoader.explain(name, request).0.description
    }

    private let uses = """
        used in
          environment.yaml:3:15: ${TAG:-1} gives '2'
          environment.yaml:4:22: $TAG gives '2'
          environment.yaml:4:40: ${TAG} gives '2'

        """

    @Test("the caller's environment, which wins over .env")
    func caller() throws {
        let expected = "TAG=2\n  from the caller's environment\n" + uses
        #expect(try explain("TAG", variables: ["TAG": "2"]) == expected)
        let overriding = "TAG=2\n  from the caller's environment\n  instead of the value in .env:1\n" + uses
        #expect(try explain("TAG", beside: [".env": "TAG=9\n"], variables: ["TAG": "2"]) == overriding)
    }

    @Test("a line of .env or of --env-file, the last that defines it")
    func files() throws {
        #expect(
            try explain("TAG", beside: [".env": "# a\nX='a\nb'\n\nTAG=2 # c\n"]) == "TAG=2\n  from .env:5\n" + uses)
        let files = ["a.env": "TAG=1\n", "b.env": "\nTAG=2\n"]
        #expect(
            try explain("TAG", beside: files, envFiles: ["a.env", "b.env"]) == "TAG=2\n  from b.env:2\n" + uses)
    }

    @Test("the default that stands in the file, or nothing")
    func unset() throws {
        #expect(
            try explain("TAG", variables: ["PORT": "1"]) == """
                TAG is not set
                used in
                  environment.yaml:3:15: ${TAG:-1} gives '1', the default that stands there
                  environment.yaml:4:22: $TAG gives nothing

                """)
        #expect(
            try explain("PORT", variables: ["TAG": "2"]).hasSuffix(
                "environment.yaml:4:33: ${PORT-${TAG}} gives '2', the default that stands there\n"))
    }

    @Test("a variable that nobody uses")
    func unused() throws {
        #expect(try explain("TAGS") == "TAGS is not set\nnot used; did you mean 'TAG'?\n")
    }

    @Test("as JSON")
    func json() throws {
        let folder = try Folder(["environment.yaml": text, ".env": "\nTAG=2\n"])
        let (explanation, _) = EnvironmentLoader.explain("TAG", LoadRequest(currentDirectory: folder.path))
        let data = try JSONEncoder().encode(explanation)
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["origin"] as? String == "file")
        #expect(object["line"] as? Int == 2)
        #expect((object["uses"] as? [[String: Any]])?.map { $0["column"] as? Int } == [15, 22, 40])
    }
}
