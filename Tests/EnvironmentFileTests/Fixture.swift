import EnvironmentFile
import Foundation
import Glibc
import OrderedCollections
import Testing

/// A folder with files in it, gone when the test is over.
final class Folder {
    let path: String

    init(_ files: [String: String] = [:]) throws {
        var template = Array("/tmp/environment-file-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for (name, text) in files { try write(text, to: name) }
    }

    func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    func write(_ bytes: [UInt8], to name: String) throws {
        let parts = name.split(separator: "/").dropLast()
        for count in 0..<parts.count {
            mkdir(path + "/" + parts[...count].joined(separator: "/"), 0o755)
        }
        let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Failure(errno: errno) }
    }

    struct Failure: Error { var errno: CInt }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record("\(path) is left: \(error)") }
    }
}

/// What became of a text.
struct Loaded {
    var result: LoadResult

    var environment: Environment? { result.environment }
    /// `line:column: severity: message` of each diagnostic.
    var messages: [String] { result.diagnostics.map(\.line) }
    /// Exactly what the command line prints, without colour.
    var rendered: String { DiagnosticRenderer(sources: result.sources).render(result.diagnostics) }
}

/// Loads `text` as `environment.yaml` of a folder with these other files beside it.
func load(
    _ text: String, beside files: [String: String] = [:], variables: [String: String] = [:], profiles: [String] = []
) throws -> Loaded {
    let folder = try Folder(files.merging(["environment.yaml": text]) { _, new in new })
    var request = LoadRequest(variables: variables, currentDirectory: folder.path)
    request.files = ["environment.yaml"]
    request.profiles = profiles
    return Loaded(result: EnvironmentLoader.load(request))
}

/// Loads attributes of one service `s`, written at the left margin.
func loadService(
    _ attributes: String, beside files: [String: String] = [:], variables: [String: String] = [:]
) throws -> Loaded {
    let indented = attributes.split(separator: "\n").map { "    \($0)\n" }.joined()
    return try load("services:\n  s:\n    image: i\n\(indented)", beside: files, variables: variables)
}

extension Loaded {
    /// The service of ``loadService(_:beside:variables:)``.
    var service: Service? { environment?.services["s"] }
}

extension Diagnostic {
    /// `line:column: severity: message`, the file left out.
    var line: String {
        let place =
            switch subject {
            case .position(let position): "\(position.line):\(position.column): "
            case .path(let path): "\(path): "
            case .request: ""
            }
        return "\(place)\(severity.rawValue): \(message)"
    }
}
