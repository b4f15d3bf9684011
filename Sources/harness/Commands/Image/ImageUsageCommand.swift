import ArgumentParser
import ImageStore

/// `harness image df`
struct ImageUsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "df", abstract: "Show what the image store takes on the disk.")

    @Option(
        help: "table, or json: one object with count and bytes of images, blobs, layers, downloads; reclaimable, total."
    )
    var format = OutputFormat.table

    private struct Amount: Encodable {
        var bytes: Int64
        var count: Int

        init(_ amount: StoreUsage.Amount) { (bytes, count) = (amount.bytes, amount.count) }
    }

    private struct Usage: Encodable {
        var blobs: Amount
        var downloads: Amount
        var images: Amount
        var layers: Amount
        var reclaimable: Int64
        var total: Int64
    }

    mutating func run() throws {
        let usage = try reportingFailure { try ImageCommand.store().usage() }
        if format == .json {
            let document = Usage(
                blobs: Amount(usage.blobs), downloads: Amount(usage.downloads), images: Amount(usage.images),
                layers: Amount(usage.layers), reclaimable: usage.reclaimable, total: usage.total)
            return print(try JSONOutput.document(document))
        }
        var table = Table(["", "COUNT", "SIZE"])
        for (name, amount) in [
            ("images, without what they share", usage.images), ("blobs", usage.blobs),
            ("unpacked layers", usage.layers), ("broken downloads", usage.downloads),
        ] {
            table.add([name, "\(amount.count)", humanReadable(bytes: amount.bytes)])
        }
        table.add(["total", "", humanReadable(bytes: usage.total)])
        table.add(["of that no image's", "", humanReadable(bytes: usage.reclaimable)])
        print(table.text)
    }
}
