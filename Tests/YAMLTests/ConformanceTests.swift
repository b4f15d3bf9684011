import Foundation
import Testing

@testable import YAML

/// One case of the YAML Test Suite.
struct ConformanceCase: Decodable, Sendable, CustomTestStringConvertible {
    var id: String
    var name: String
    var yaml: String
    var fail: Bool
    var json: [JSONValue]?

    var testDescription: String { "\(id): \(name)" }

    /// The cases in the shared folder beside the package; none, with a complaint, where there is no such folder.
    static let all: [ConformanceCase] = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        for folder in ["../shared", "../../shared"] {
            let file = root.appendingPathComponent(folder).appendingPathComponent("conformance/yaml/cases.jsonl")
            guard let data = FileManager.default.contents(atPath: file.standardizedFileURL.path) else { continue }
            return data.split(separator: UInt8(ascii: "\n")).compactMap { line in
                do {
                    return try JSONDecoder().decode(ConformanceCase.self, from: line)
                } catch {
                    Issue.record("unreadable case: \(error)")
                    return nil
                }
            }
        }
        FileHandle.standardError.write(Data("SKIPPED: shared/conformance/yaml is not beside the package\n".utf8))
        return []
    }()
}

@Suite("YAML Test Suite")
struct ConformanceTests {
    /// What libyaml reads otherwise, and why.
    static let knownDifferences: [String: String] = {
        let groups: [(reason: String, cases: String)] = [
            (
                "libyaml wants a key before ':' in block and flow mappings",
                "2JQS 6M2F FRK4 M2N8-00 NKF9 S3PD UKK6-00"
            ),
            (
                "libyaml ends anchors and aliases at the first character that is no letter, digit, '-' or '_'",
                "2SXE W5VH"
            ),
            (
                "libyaml wants ':' on the line of its key in flow mappings",
                "4MUZ-00 4MUZ-01 4MUZ-02 5MUD VJP3-01"
            ),
            (
                "libyaml takes ':' or '?' for an indicator where a plain scalar in a flow collection begins with it",
                "58MP 5T43 DBG4 HM87-00 HM87-01"
            ),
            (
                "libyaml rejects tabs in front of tokens where YAML 1.2 allows them",
                "6CA3 A2M4 Q5MG Y79Y-010"
            ),
            (
                "libyaml rejects a tab after the indentation of a block scalar",
                "96NN-00 96NN-01 R4YG Y79Y-001"
            ),
            (
                "libyaml rejects reserved directives instead of ignoring them",
                "6LVF MUS6-05 MUS6-06"
            ),
            (
                "libyaml wants '---' after '...' and takes '%' for a directive there",
                "7Z25 M7A3 QT73 UT92"
            ),
            (
                "libyaml drops a last line of spaces in a block scalar",
                "L24T-01"
            ),
            (
                "libyaml takes '#' directly after a flow indicator or a block scalar's header for a comment",
                "9JBA CVW2 X4QW"
            ),
            (
                "libyaml takes '-' before a flow indicator for a plain scalar",
                "G5U8"
            ),
            (
                "libyaml accepts malformed directives, and directives without '...' before them",
                "MUS6-00 MUS6-01 RHX7"
            ),
            (
                "libyaml does not check the indentation of continued lines in flow and quoted scalars",
                "QB6E Y79Y-003"
            ),
        ]
        let pairs = groups.flatMap { group in group.cases.split(separator: " ").map { (String($0), group.reason) } }
        return Dictionary(uniqueKeysWithValues: pairs)
    }()

    @Test("the cases are there")
    func present() {
        let isRequired = ProcessInfo.processInfo.environment["HARNESS_TEST_REQUIRE"] == "all"
        #expect(!isRequired || ConformanceCase.all.count > 100)
    }

    @Test("reads what a YAML 1.2 parser must read and rejects what it must reject", arguments: ConformanceCase.all)
    func conforms(_ example: ConformanceCase) {
        let (documents, errors) = Document.loadAll(Array(example.yaml.utf8), file: "case.yaml")
        let agrees: Bool
        if example.fail {
            agrees = !errors.isEmpty
        } else if let json = example.json {
            agrees = errors.isEmpty && documents.map(JSONValue.init) == json
        } else {
            agrees = errors.isEmpty
        }
        if let reason = Self.knownDifferences[example.id] {
            #expect(!agrees, "no longer differs (\(reason)): take it off the list")
        } else {
            #expect(agrees, "\(example.yaml)\n→ \(documents.map(JSONValue.init)) \(errors.map(\.message))")
        }
    }
}
