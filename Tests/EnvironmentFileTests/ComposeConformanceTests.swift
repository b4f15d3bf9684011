import EnvironmentFile
import Foundation
import Testing

/// One Compose file and what Docker Compose makes of it.
struct ComposeCase: Sendable, CustomTestStringConvertible {
    struct Description: Decodable {
        var valid: Bool
        var files: [String]
        var env: [String: String]
        var args: [String]
        var features: [String]
    }

    var name: String
    var path: String

    var testDescription: String { name }

    /// The cases in the shared folder beside the package; none, with a complaint, where there is no such folder.
    static let all: [ComposeCase] = {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        for folder in ["../shared", "../../shared"] {
            let path = root.appendingPathComponent(folder + "/conformance/compose").standardizedFileURL.path
            guard let names = FileManager.default.enumerator(atPath: path) else { continue }
            names.skipDescendants()
            var cases: [ComposeCase] = []
            for case let name as String in names where name.hasSuffix("/case.json") {
                let folder = String(name.dropLast("/case.json".count))
                cases.append(ComposeCase(name: folder, path: path + "/" + folder))
            }
            if !cases.isEmpty { return cases.sorted { $0.name < $1.name } }
        }
        FileHandle.standardError.write(Data("SKIPPED: shared/conformance/compose is not beside the package\n".utf8))
        return []
    }()

    func description() throws -> Description {
        try JSONDecoder().decode(Description.self, from: Data(contentsOf: URL(fileURLWithPath: path + "/case.json")))
    }

    func resolve(_ description: Description) -> ResolveResult {
        var request = LoadRequest(
            variables: description.env.merging(["HOME": "/nowhere"]) { old, _ in old }, currentDirectory: path)
        request.files = description.files.map { path + "/" + $0 }
        request.projectDirectory = path
        var options = ResolveOptions()
        options.interpolates = !description.args.contains("--no-interpolate")
        return EnvironmentLoader.resolve(request, options: options, format: .json)
    }

    /// `expected.json`, whose paths stand for the folder's own.
    func expected() throws -> Any {
        var text = try String(contentsOfFile: path + "/expected.json", encoding: .utf8)
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        text = text.replacingOccurrences(of: "${PROJECT_DIR}", with: path)
        text = text.replacingOccurrences(of: "${PARENT_DIR}", with: parent)
        return try JSONSerialization.jsonObject(with: Data(text.utf8))
    }
}

@Suite("Docker Compose's own cases")
struct ComposeConformanceTests {
    @Test("a file that Compose refuses is refused, with a position or a path", arguments: ComposeCase.all)
    func invalid(_ example: ComposeCase) throws {
        let description = try example.description()
        guard !description.valid else { return }
        let result = example.resolve(description)
        #expect(result.hasErrors)
        #expect(result.model == nil)
        for diagnostic in result.diagnostics { #expect(diagnostic.subject != .request, "\(diagnostic.message)") }
    }

    @Test("a file that Compose accepts resolves to the very model that Compose prints", arguments: ComposeCase.all)
    func valid(_ example: ComposeCase) throws {
        let description = try example.description()
        guard description.valid else { return }
        let result = example.resolve(description)
        guard let model = result.model else {
            Issue.record("\(DiagnosticRenderer(sources: result.sources).render(result.diagnostics))")
            return
        }
        let printed = try JSONSerialization.jsonObject(with: Data(model.text.utf8))
        if let difference = Self.difference(try example.expected(), printed, at: "$") { Issue.record("\(difference)") }
    }

    /// The first place at which two JSON values differ; lists by order, numbers by value, null and missing as different.
    private static func difference(_ expected: Any, _ found: Any, at path: String) -> String? {
        switch (expected, found) {
        case (let left as [String: Any], let right as [String: Any]):
            for key in Set(left.keys).union(right.keys).sorted() {
                guard let one = left[key] else { return "\(path).\(key): unexpected" }
                guard let other = right[key] else { return "\(path).\(key): missing" }
                if let difference = difference(one, other, at: "\(path).\(key)") { return difference }
            }
            return nil
        case (let left as [Any], let right as [Any]):
            for (index, (one, other)) in zip(left, right).enumerated() {
                if let difference = difference(one, other, at: "\(path)[\(index)]") { return difference }
            }
            return left.count == right.count ? nil : "\(path): expected \(left.count) elements, found \(right.count)"
        default:
            let isSame = (expected as? NSObject)?.isEqual(found) ?? false
            return isSame && type(of: expected) == type(of: found)
                ? nil : "\(path): expected \(expected), found \(found)"
        }
    }
}
