import EnvironmentFile
import Foundation
import Testing

@Suite("SARIF log")
struct SARIFTests {
    private func run(_ result: LoadResult, directory: String = "/repository/a b", base: String = "/repository") throws
        -> [String: Any]
    {
        let data = try JSONEncoder().encode(SARIFLog(result, directory: directory, base: base, version: "1.2.3"))
        let log = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(log["version"] as? String == "2.1.0")
        #expect((log["$schema"] as? String)?.contains("sarif-2.1.0") == true)
        return try #require((log["runs"] as? [[String: Any]])?.first)
    }

    private func path(_ value: Any?, _ keys: String...) -> Any? {
        keys.reduce(value) { ($0 as? [String: Any])?[$1] }
    }

    @Test("each result names its rule, level and region; paths start from the base")
    func results() throws {
        let run = try run(load("version: '3'\nservices: {s: {image: i, prots: []}}\n").result)
        #expect(
            path(run, "originalUriBaseIds", "%SRCROOT%", "uri") as? String == "file:///repository/")
        let results = try #require(run["results"] as? [[String: Any]])
        #expect(results.map { $0["ruleId"] as? String } == ["obsolete", "unknown-key"])
        #expect(results.map { $0["level"] as? String } == ["warning", "error"])
        let location = path((results[1]["locations"] as? [Any])?.first, "physicalLocation")
        #expect(path(location, "artifactLocation", "uri") as? String == "a%20b/environment.yaml")
        #expect(path(location, "artifactLocation", "uriBaseId") as? String == "%SRCROOT%")
        let region = ["startLine", "startColumn", "endColumn"].map { path(location, "region", $0) as? Int }
        #expect(region == [2, 26, 31])
    }

    @Test("every kind of diagnostic is a rule, and results point into their list")
    func rules() throws {
        let run = try run(load("services: {s: {image: i, prots: []}}\n").result)
        let rules = try #require(path(run, "tool", "driver", "rules") as? [[String: Any]])
        #expect(rules.map { $0["id"] as? String } == Diagnostic.Code.allCases.map(\.rawValue))
        for rule in rules {
            #expect((path(rule, "shortDescription", "text") as? String)?.hasSuffix(".") == true, "\(rule)")
        }
        let index = try #require((run["results"] as? [[String: Any]])?.first?["ruleIndex"] as? Int)
        #expect(rules[index]["id"] as? String == "unknown-key")
    }

    @Test("a cycle shows its other edges")
    func related() throws {
        let text = "services:\n  a: {image: i, depends_on: [b]}\n  b: {image: i, depends_on: [a]}\n"
        let result = try #require((run(load(text).result)["results"] as? [[String: Any]])?.first)
        let related = try #require(result["relatedLocations"] as? [[String: Any]])
        #expect(related.map { path($0, "message", "text") as? String } == ["'b' waits for 'a'"])
        #expect(path(related[0], "physicalLocation", "region", "startLine") as? Int == 3)
    }

    @Test("what is outside of the base is absolute, what concerns no file has no place")
    func outside() throws {
        let folder = try Folder(["environment.yaml": "services: {s: {prots: []}}\n"])
        var request = LoadRequest(location: folder.path + "/environment.yaml", currentDirectory: "/")
        request.projectName = "?"
        let results = try #require(try run(EnvironmentLoader.load(request))["results"] as? [[String: Any]])
        #expect((results[0]["locations"] as? [Any])?.isEmpty == true)
        let location = path((results[1]["locations"] as? [Any])?.first, "physicalLocation", "artifactLocation")
        #expect(path(location, "uri") as? String == "file://\(folder.path)/environment.yaml")
        #expect(path(location, "uriBaseId") == nil)
    }
}
