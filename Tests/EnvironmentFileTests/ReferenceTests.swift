import Foundation
import Testing

@testable import EnvironmentFile

@Suite("The reference")
struct ReferenceTests {
    private static let file = "Documentation/environment-file.md"

    private static let attributes = FileSchema.file.attributes().map(\.path)
    private static let described = AttributeReference.sections.flatMap { section in
        section.entries.map { section.path(of: $0.path) }
    }

    @Test("describes every attribute of the shapes, once, and no other")
    func complete() {
        #expect(Set(Self.attributes).subtracting(Self.described).sorted() == [])
        #expect(Set(Self.described).subtracting(Self.attributes).sorted() == [])
        #expect(Self.described.count == Set(Self.described).count)
    }

    @Test("the support table names attributes that exist, each once")
    func table() {
        let paths = SupportTable.entries.map(\.key)
        #expect(Set(paths).subtracting(Self.attributes).sorted() == [])
        #expect(paths.count == Set(paths).count)
    }

    @Test("the document has each section's table as the code has it (HARNESS_TEST_UPDATE=1 writes them)")
    func document() throws {
        if Repository.updates { try Repository.write(updated(Repository.text(of: Self.file)), to: Self.file) }
        let text = try Repository.text(of: Self.file)
        for section in AttributeReference.sections {
            let parts = text.components(separatedBy: "\n## \(section.title)\n")
            #expect(parts.count == 2, "\(section.title)")
            let body = parts.last?.components(separatedBy: "\n## ").first ?? ""
            #expect(body.contains("\n" + ReferenceDocument.table(of: section)), "\(section.title)")
        }
        let rows = text.split(separator: "\n").count { $0.hasPrefix("| `") }
        for code in Diagnostic.Code.allCases {
            #expect(text.contains("\n| `\(code.rawValue)` | \(code.summary) |\n"), "\(code)")
        }
        #expect(rows == Self.described.count + Diagnostic.Code.allCases.count)
    }

    /// The text with the first table below each section's heading replaced.
    private func updated(_ text: String) -> String {
        var lines: [Substring] = []
        var section: AttributeReference.Section?
        var isInTable = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("## ") { section = AttributeReference.sections.first { line == "## \($0.title)" } }
            if line.hasPrefix("| attribute"), let current = section {
                lines.append(Substring(ReferenceDocument.table(of: current).dropLast()))
                (section, isInTable) = (nil, true)
            }
            if isInTable, line.hasPrefix("|") { continue }
            isInTable = false
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }

    @Test("an attribute is warned about exactly if the table says so")
    func warnings() throws {
        for path in Self.attributes where path.split(separator: ".").count == 3 && path.hasPrefix("services.*.") {
            let name = String(path.dropFirst("services.*.".count))
            let messages = try loadService("\(name): {}").messages
            let isWarned = messages.contains { $0.contains("warning: '\(name)' is not honoured by this version") }
            if case .ignored = SupportTable.support(of: path) {
                #expect(isWarned, "\(name): \(messages)")
            } else {
                #expect(!isWarned, "\(name): \(messages)")
            }
        }
    }
}
