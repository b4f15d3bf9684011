import EnvironmentFile
import Foundation
import Testing

@Suite("Diagnostics for programs")
struct DiagnosticReportTests {
    private let text = "version: '3'\nservices:\n  a: {image: i, depends_on: [bb]}\n  \"b\": {image: i, prots: [1]}\n"

    private func object(_ value: some Encodable) throws -> [String: Any] {
        let data = try JSONEncoder().encode(value)
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test("counts, and says of each its kind, place and remedy")
    func report() throws {
        let report = try object(DiagnosticReport(load(text).result))
        #expect(report["valid"] as? Bool == false)
        #expect(report["errors"] as? Int == 2)
        #expect(report["warnings"] as? Int == 1)
        let diagnostics = try #require(report["diagnostics"] as? [[String: Any]])
        #expect(diagnostics.map { $0["code"] as? String } == ["obsolete", "undefined-reference", "unknown-key"])
        #expect(diagnostics.map { $0["severity"] as? String } == ["warning", "error", "error"])
        let reference = diagnostics[1]
        #expect(reference["file"] as? String == "environment.yaml")
        #expect([reference["line"], reference["column"], reference["endColumn"]].map { $0 as? Int } == [3, 30, 32])
        #expect(reference["message"] as? String == "service 'a' depends on 'bb', which is not defined")
        #expect(reference["remedy"] as? String == "did you mean 'b'?")
        #expect(diagnostics[2]["endColumn"] as? Int == 24)
    }

    @Test("a good file has none")
    func valid() throws {
        let report = try object(DiagnosticReport(load("services: {s: {image: i}}\n").result))
        #expect(report["valid"] as? Bool == true)
        #expect((report["diagnostics"] as? [Any])?.isEmpty == true)
    }

    @Test("other places come along")
    func related() throws {
        let report = try object(DiagnosticReport(load("services:\n  s: {image: i}\n  s: {image: j}\n").result))
        let diagnostic = try #require((report["diagnostics"] as? [[String: Any]])?.first)
        #expect(diagnostic["code"] as? String == "duplicate")
        let related = try #require((diagnostic["related"] as? [[String: Any]])?.first)
        #expect(related["message"] as? String == "first given here")
        #expect([related["line"], related["column"], related["endColumn"]].map { $0 as? Int } == [2, 3, 4])
    }

    @Test("strict turns every warning into an error")
    func strict() throws {
        let folder = try Folder(["environment.yaml": "version: '3'\nservices: {s: {image: i}}\n"])
        var request = LoadRequest(currentDirectory: folder.path)
        #expect(EnvironmentLoader.load(request).environment != nil)
        request.isStrict = true
        let result = EnvironmentLoader.load(request)
        #expect(result.environment == nil)
        #expect(result.diagnostics.map(\.severity) == [.error])
    }

    @Test(
        "the end of what is meant",
        arguments: [
            ("key: value # why", 6, 11), ("key: value", 1, 4), ("- [ab, cd]", 4, 6), ("- [ab, cd]", 8, 10),
            ("k: \"a \\\" b\" # c", 4, 12), ("k: 'a''b' c", 4, 10), ("k: ${A:-${B}} x", 4, 14), ("k: a$NAME-x", 5, 10),
            ("k: *name", 4, 9), ("k: [", 4, 5), ("k: a b c", 4, 9), ("k: http://x:1", 4, 14), ("k:", 9, 10),
        ])
    func extent(_ line: String, _ column: Int, _ end: Int) {
        var sources = SourceTexts()
        sources.add(Array(line.utf8), file: "f")
        #expect(sources.endColumn(at: SourcePosition(file: "f", line: 1, column: column)) == end)
    }
}
