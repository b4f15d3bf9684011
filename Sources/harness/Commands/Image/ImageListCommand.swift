import ArgumentParser
import ImageStore
import OCI

/// `harness image ls`
struct ImageListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the images of the store.", aliases: ["list"])

    @Option(help: "table, or json: one object per line with created, digest, references and size (bytes).")
    var format = OutputFormat.table

    @Flag(name: [.short, .long], help: "Print digests only.")
    var quiet = false

    private struct Row: Encodable {
        var created: String?
        var digest: String
        var references: [String]
        var size: Int64
    }

    mutating func run() throws {
        let images = try reportingFailure { try ImageCommand.store().list() }
        if quiet { return images.forEach { print($0.digest) } }
        switch format {
        case .json:
            for image in images {
                let references = image.references.map(\.description)
                let row = Row(
                    created: image.created, digest: image.digest.description, references: references, size: image.size)
                print(try JSONOutput.line(row))
            }
        case .table:
            var table = Table(["IMAGE", "DIGEST", "SIZE"])
            for image in images {
                let names = image.references.isEmpty ? ["<none>"] : image.references.map(\.familiar)
                for name in names {
                    table.add([name, String(image.digest.hex.prefix(12)), humanReadable(bytes: image.size)])
                }
            }
            print(table.text)
        }
    }
}
