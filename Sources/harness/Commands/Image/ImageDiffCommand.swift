import ArgumentParser
import ImageStore

/// `harness image diff`
struct ImageDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "List the paths in which the file systems of two images differ.",
        discussion: """
            A: only the second image has it. D: only the first has it. C: type, mode, owner, content or an attribute \
            differ. Times don't count.
            """)

    @Argument(help: "The first image.", completion: .images)
    var first: String

    @Argument(help: "The second image.", completion: .images)
    var second: String

    @Option(help: "table, or json: one object per line with kind (added, deleted, changed) and path.")
    var format = OutputFormat.table

    private struct Row: Encodable {
        var kind: String
        var path: String
    }

    mutating func run() throws {
        let (first, second) = (first, second)
        let changes = try reportingFailure {
            let store = try ImageCommand.store()
            let (from, to) = (try store.resolve(first), try store.resolve(second))
            let holds = [try store.retain(from), try store.retain(to)]
            defer { withExtendedLifetime(holds) {} }
            return try store.changes(from: from, to: to)
        }
        for change in changes {
            switch format {
            case .json: print(try JSONOutput.line(Row(kind: change.kind.rawValue, path: change.path)))
            case .table: print("\(change.kind.rawValue.prefix(1).uppercased()) \(change.path)")
            }
        }
    }
}
