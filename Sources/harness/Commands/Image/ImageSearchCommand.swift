import ArgumentParser
import ImageTransfer
import RegistryProtocol

/// `harness image search`
struct ImageSearchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "List a registry's repositories whose names contain a text.",
        discussion: """
            Asks the registry for its list of repositories. Docker Hub and other large registries show none.
            Exit code 69 where nothing is found.
            """)

    @Argument(help: "A part of the name; upper and lower case are the same. An empty text lists all.")
    var term: String

    @Option(help: "The registry: HOST[:PORT].")
    var registry = "docker.io"

    @Flag(help: "List the tags too, one image a line.")
    var tags = false

    @OptionGroup var trust: TrustOptions

    @Option(help: "table, or json: one object per line with name and, with --tags, tag.")
    var format = OutputFormat.table

    private struct Row: Encodable {
        var name: String
        var tag: String?
    }

    mutating func run() throws {
        let rows = try reportingFailure {
            var options = SessionOptions(registry: registry)
            options.isInsecure = trust.insecure
            options.isForPushing = true
            let session = try RegistrySession.open(options) { StandardError.write("harness: \($0)\n") }
            let term = term.lowercased()
            let names = try session.catalog().filter { term.isEmpty || $0.contains(term) }.sorted()
            return try names.flatMap { name -> [Row] in
                guard tags else { return [Row(name: name)] }
                return try session.tags(repository: name).map { Row(name: name, tag: $0) }
            }
        }
        for row in rows {
            switch format {
            case .json: print(try JSONOutput.line(row))
            case .table: print("\(registry)/\(row.name)" + (row.tag.map { ":\($0)" } ?? ""))
            }
        }
        if rows.isEmpty { throw ExitStatusCode.unavailable }
    }
}
