import ArgumentParser
import ImageStore
import OCI

/// `harness image history`
struct ImageHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Show the steps that made an image, and what each added; the newest first.")

    @Argument(help: "A name, a digest, or the first digits of one.", completion: .images)
    var image: String

    @Option(help: "Of an image for several platforms, which one: linux/arm64.")
    var platform: PlatformArgument?

    @Option(
        help: "table, or json: one object per line with created, createdBy, comment, diffID, digest and size (bytes).")
    var format = OutputFormat.table

    private struct Step: Encodable {
        var comment: String?
        var created: String?
        var createdBy: String?
        var diffID: String?
        var digest: String?
        var size: Int64
    }

    mutating func run() throws {
        let (image, platform) = (image, platform?.platform)
        let steps = try reportingFailure {
            Self.steps(of: try ImageCommand.store().resolve(image, platform: platform))
        }
        if format == .json { return try steps.forEach { print(try JSONOutput.line($0)) } }
        var table = Table(["LAYER", "CREATED", "SIZE", "BY"])
        for step in steps {
            let layer = step.diffID.map { String($0.dropFirst("sha256:".count).prefix(12)) } ?? "-"
            let size = step.diffID == nil ? "-" : humanReadable(bytes: step.size)
            table.add([layer, step.created ?? "-", size, String((step.createdBy ?? step.comment ?? "").prefix(80))])
        }
        print(table.text)
    }

    /// The newest first; layers that the history does not speak of are steps of their own.
    private static func steps(of image: StoredImage) -> [Step] {
        var layers = Array(zip(image.manifest.layers, image.configuration.rootfs.diffIDs))[...]
        func step(_ entry: HistoryEntry?, _ layer: (Descriptor, Digest)?) -> Step {
            Step(
                comment: entry?.comment, created: entry?.created, createdBy: entry?.createdBy,
                diffID: layer?.1.description, digest: layer?.0.digest.description, size: layer?.0.size ?? 0)
        }
        let told = (image.configuration.history ?? []).map { entry in
            step(entry, entry.emptyLayer == true ? nil : layers.popFirst())
        }
        return (told + layers.map { step(nil, $0) }).reversed()
    }
}
