import EnvironmentFile
import Foundation
import OrderedCollections
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

    func load() throws -> LoadResult {
        let description = try description()
        var request = LoadRequest(variables: description.env, currentDirectory: path)
        request.files = description.files
        request.checksContents = false
        return EnvironmentLoader.load(request)
    }

    /// `expected.json`, whose paths stand for the folder's own.
    func expected() throws -> [String: Any] {
        var text = try String(contentsOfFile: path + "/expected.json", encoding: .utf8)
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        text = text.replacingOccurrences(of: "${PROJECT_DIR}", with: path)
        text = text.replacingOccurrences(of: "${PARENT_DIR}", with: parent)
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }
}

@Suite("Docker Compose's own cases")
struct ComposeConformanceTests {
    /// Several documents of one file are merged by Compose and refused here.
    static let exceptions: Set<String> = ["own-multi-document-same"]

    @Test(
        "an invalid file is an error, or has something in it that is said not to be honoured",
        arguments: ComposeCase.all)
    func verdict(_ example: ComposeCase) throws {
        let description = try example.description()
        guard !description.valid else { return }
        let result = try example.load()
        let isReported = result.hasErrors || result.diagnostics.contains { $0.code == .notHonoured }
        #expect(isReported, "\(example.name)")
    }

    @Test("a valid file resolves to the values that Compose prints", arguments: ComposeCase.all)
    func values(_ example: ComposeCase) throws {
        let description = try example.description()
        guard description.valid, description.args.isEmpty, !Self.exceptions.contains(example.name) else { return }
        let result = try example.load()
        // Other files can change anything.
        let usesOthers = result.diagnostics.contains {
            $0.code == .notHonoured && ($0.message.contains("'extends'") || $0.message.contains("'include'"))
        }
        if usesOthers { return }
        guard let environment = result.environment else {
            let errors = result.diagnostics.filter { $0.severity == .error }
            if errors.allSatisfy({ $0.code == .notHonoured }) { return }
            Issue.record("\(example.name)\n\(DiagnosticRenderer(sources: result.sources).render(errors))")
            return
        }
        let expected = try example.expected()
        #expect(environment.name == expected["name"] as? String)
        let services = expected["services"] as? [String: [String: Any]] ?? [:]
        #expect(Set(environment.services.keys) == Set(services.keys), "\(example.name)")
        for service in environment.services.values {
            compare(service, services[service.name] ?? [:], "\(example.name)")
        }
    }

    private func compare(_ service: Service, _ fields: [String: Any], _ name: Comment) {
        let variables = (fields["environment"] as? [String: Any] ?? [:]).compactMap { key, value in
            (value as? String).map { (unescaped(key), unescaped($0)) }
        }
        #expect(
            Dictionary(uniqueKeysWithValues: service.environment.map { ($0, $1) })
                == Dictionary(uniqueKeysWithValues: variables), name)
        #expect(service.command == (fields["command"] as? [String])?.map(unescaped), name)
        #expect(service.entrypoint == (fields["entrypoint"] as? [String])?.map(unescaped), name)
        #expect(service.image?.value == fields["image"] as? String, name)
        #expect(service.user == fields["user"] as? String, name)
        #expect(service.workingDirectory == fields["working_dir"] as? String, name)
        #expect(service.hostname == fields["hostname"] as? String, name)
        let dependencies = fields["depends_on"] as? [String: [String: Any]] ?? [:]
        for dependency in service.dependsOn {
            #expect(dependency.condition.rawValue == dependencies[dependency.service]?["condition"] as? String, name)
        }
        let mounts = (fields["volumes"] as? [[String: Any]] ?? []).compactMap { $0["target"] as? String }
        let tmpfs = (fields["tmpfs"] as? [String] ?? []).map { String($0.prefix { $0 != ":" }) }
        #expect(Set(service.mounts.map(\.target)) == Set(mounts + tmpfs), name)
        let ports = (fields["ports"] as? [[String: Any]] ?? []).compactMap { $0["target"] as? Int }
        #expect(service.ports.map { Int($0.target) } == ports, name)
    }

    /// Compose prints values so that they could be interpolated again.
    private func unescaped(_ text: String) -> String { text.replacingOccurrences(of: "$$", with: "$") }
}
