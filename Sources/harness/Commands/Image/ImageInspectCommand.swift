import ArgumentParser
import ImageStore
import OCI

/// `harness image inspect`
struct ImageInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Print all that is known of images, as JSON.",
        discussion: """
            A list of one object per image: digest, references, size (bytes of its blobs), config (the OCI image \
            configuration) and layers (digest, diffID, mediaType, size, path).
            """)

    @Argument(help: "Names, digests, or the first digits of one.", completion: .images)
    var images: [String]

    private struct Layer: Encodable {
        var diffID: String
        var digest: String
        var mediaType: String
        var path: String
        var size: Int64
    }

    private struct Image: Encodable {
        var config: ImageConfiguration
        var digest: String
        var layers: [Layer]
        var references: [String]
        var size: Int64
    }

    mutating func run() throws {
        let described = try reportingFailure {
            let store = try ImageCommand.store()
            let summaries = try store.list()
            return try images.map { try Self.describe(try store.resolve($0), summaries) }
        }
        print(try JSONOutput.document(described))
    }

    private static func describe(_ image: StoredImage, _ summaries: [ImageSummary]) throws -> Image {
        let layers = zip(image.manifest.layers, zip(image.configuration.rootfs.diffIDs, image.layers)).map {
            Layer(
                diffID: $1.0.description, digest: $0.digest.description, mediaType: $0.mediaType, path: $1.1,
                size: $0.size)
        }
        let references = summaries.first { $0.digest == image.root }?.references.map(\.description) ?? []
        return Image(
            config: image.configuration, digest: image.digest.description, layers: layers, references: references,
            size: image.manifest.config.size + layers.map(\.size).reduce(0, +))
    }
}
