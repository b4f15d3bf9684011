import Foundation
import Testing
import YAML

@testable import EnvironmentFile

@Suite("The JSON Schema")
struct JSONSchemaTests {
    private static let file = "Documentation/environment-file.schema.json"

    /// As `harness config --schema` prints it.
    private static let text = Result { () throws -> String in
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(JSONSchema()), as: UTF8.self) + "\n"
    }

    private static func validator() throws -> SchemaValidator {
        let object = try JSONSerialization.jsonObject(with: Data(text.get().utf8))
        return SchemaValidator(schema: try #require(object as? [String: Any]))
    }

    /// A document as JSON sees it: merge keys are resolved, and what `!reset` marks is left out.
    private static func json(_ node: Node) -> Any {
        switch node.content {
        case .sequence(let nodes): return nodes.filter { $0.tag != "!reset" }.map(json)
        case .mapping(let mapping):
            return mapping.entries.filter { $0.value.tag != "!reset" }.reduce(into: [String: Any]()) {
                $0[$1.key.text ?? ""] = json($1.value)
            }
        case .scalar:
            return switch node.value {
            case .bool(let value)?: value
            case .int(let value)?: Double(value)
            case .float(let value)?: Double(value)
            case .string(let value)?: value
            case .null?, nil: NSNull()
            }
        }
    }

    private func problems(_ text: String) throws -> [String] {
        let document = Document.load(Array(text.utf8), file: "f")
        return try Self.validator().problems(of: Self.json(try #require(document.root)))
    }

    @Test("in Documentation is the one that is made of the shapes (HARNESS_TEST_UPDATE=1 writes it)")
    func committed() throws {
        let text = try Self.text.get()
        if Repository.updates { try Repository.write(text, to: Self.file) }
        #expect(try Repository.text(of: Self.file) == text)
    }

    @Test("accepts every environment of the repository")
    func environments() throws {
        let names = try Repository.environments()
        #expect(names.count >= 5)
        for name in names { #expect(try problems(Repository.text(of: name)) == [], "\(name)") }
    }

    @Test("accepts every valid case of Docker Compose", arguments: ComposeCase.all)
    func cases(_ example: ComposeCase) throws {
        let description = try example.description()
        guard description.valid else { return }
        let validator = try Self.validator()
        for file in description.files {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: example.path + "/" + file))
            guard let root = Document.load(Array(bytes), file: file).root, !root.isNull else { continue }
            #expect(try validator.problems(of: Self.json(root)) == [], "\(example.name)/\(file)")
        }
    }

    @Test(
        "accepts the additions in both spellings, and variables for values",
        arguments: [
            "services: {s: {image: i, ready: {tcp: 1}, snapshot: true, seed: [{command: a}]}}\ntest: {command: a}",
            "services: {s: {image: i, x-ready: {tcp: 1}, x-snapshot: true}}\nx-test: {command: [a], shards: 2}",
            "services: {s: {build: {x-packages: [a]}, init: '${A}', healthcheck: {retries: '${N}'}}}",
        ])
    func additions(_ text: String) throws {
        #expect(try problems(text) == [])
    }

    @Test(
        "refuses what the shapes refuse",
        arguments: [
            "services: []", "service: {}", "services: {s: {imag: i}}", "services: {s: {init: maybe}}",
            "services: {s: {ports: 80}}", "services: {s: {healthcheck: {retries: some}}}",
            "services: {s: {depends_on: {d: {condition: ready}}}}", "services: {s: {depends_on: {d: {}}}}",
            "services: {s: {x-ready: {tpc: 1}}}", "x-test: {comand: a}", "services: {s: {environment: text}}",
        ])
    func refuses(_ text: String) throws {
        #expect(try problems(text) != [])
        #expect(try load(text).result.hasErrors)
    }
}
