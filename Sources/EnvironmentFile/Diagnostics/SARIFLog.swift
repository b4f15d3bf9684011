import YAML

/// Diagnostics as a log of the Static Analysis Results Interchange Format 2.1.0 (OASIS Standard, 27 March 2020), as code
/// scanning takes it.
///
/// Every ``Diagnostic/Code`` is a rule. Paths below the base are relative to `%SRCROOT%`, others are absolute; columns are
/// counted in Unicode scalars.
public struct SARIFLog: Encodable, Sendable {
    private var schema = "https://json.schemastore.org/sarif-2.1.0.json"
    private var version = "2.1.0"
    private var runs: [Run]

    private enum CodingKeys: String, CodingKey {
        case schema = "$schema"
        case version, runs
    }

    /// Describes what loading found.
    ///
    /// - Parameters:
    ///   - directory: The absolute path that the files' names start from.
    ///   - base: The absolute path of the tree that is scanned: the repository.
    ///   - version: That of the program.
    public init(_ result: LoadResult, directory: String, base: String, version: String) {
        let paths = ArtifactPaths(directory: directory, base: base)
        runs = [
            Run(
                tool: Tool(driver: Driver(version: version)),
                originalUriBaseIds: [ArtifactPaths.baseName: ArtifactLocation(uri: paths.baseURI)],
                results: result.diagnostics.map { Result($0, result.sources, paths) })
        ]
    }

    struct Run: Encodable, Sendable {
        var tool: Tool
        var columnKind = "unicodeCodePoints"
        var originalUriBaseIds: [String: ArtifactLocation]
        var results: [Result]
    }

    struct Tool: Encodable, Sendable {
        var driver: Driver
    }

    struct Driver: Encodable, Sendable {
        var name = "harness"
        var version: String
        var rules = Diagnostic.Code.allCases.map(Rule.init)
    }

    struct Rule: Encodable, Sendable {
        var id: String
        var shortDescription: Message
        var defaultConfiguration: [String: String]

        init(_ code: Diagnostic.Code) {
            id = code.rawValue
            shortDescription = Message(text: code.summary)
            let isWarning = [.notHonoured, .obsolete, .unsetVariable].contains(code)
            defaultConfiguration = ["level": isWarning ? "warning" : "error"]
        }
    }

    struct Message: Encodable, Sendable {
        var text: String
    }

    struct Result: Encodable, Sendable {
        var ruleId: String
        var ruleIndex: Int
        var level: String
        var message: Message
        var locations: [Location]
        var relatedLocations: [Location]?

        init(_ diagnostic: Diagnostic, _ sources: SourceTexts, _ paths: ArtifactPaths) {
            ruleId = diagnostic.code.rawValue
            ruleIndex = Diagnostic.Code.allCases.firstIndex(of: diagnostic.code) ?? -1
            level = diagnostic.severity.rawValue
            message = Message(text: diagnostic.message + (diagnostic.remedy.map { "; \($0)" } ?? ""))
            locations = Self.location(of: diagnostic.subject, sources, paths).map { [$0] } ?? []
            guard !diagnostic.related.isEmpty else { return }
            relatedLocations = diagnostic.related.enumerated().map { index, related in
                Location(
                    id: index + 1,
                    physicalLocation: PhysicalLocation(
                        artifactLocation: paths.location(of: related.position.file),
                        region: Region(related.position, sources)),
                    message: Message(text: related.message))
            }
        }

        private static func location(
            of subject: Diagnostic.Subject, _ sources: SourceTexts, _ paths: ArtifactPaths
        ) -> Location? {
            switch subject {
            case .position(let position):
                let region = Region(position, sources)
                return Location(
                    physicalLocation: PhysicalLocation(
                        artifactLocation: paths.location(of: position.file), region: region))
            case .path(let path):
                return Location(physicalLocation: PhysicalLocation(artifactLocation: paths.location(of: path)))
            case .request: return nil
            }
        }
    }

    struct Location: Encodable, Sendable {
        var id: Int?
        var physicalLocation: PhysicalLocation
        var message: Message?
    }

    struct PhysicalLocation: Encodable, Sendable {
        var artifactLocation: ArtifactLocation
        var region: Region?
    }

    struct ArtifactLocation: Encodable, Sendable {
        var uri: String
        var uriBaseId: String?
    }

    struct Region: Encodable, Sendable {
        var startLine: Int
        var startColumn: Int
        var endColumn: Int?

        init(_ position: SourcePosition, _ sources: SourceTexts) {
            startLine = position.line
            startColumn = position.column
            endColumn = sources.endColumn(at: position)
        }
    }
}
