import ArgumentParser
import EmbeddedEngine
import ImageStore

/// `harness image`
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Work on the image store.",
        subcommands: [
            ImageImportCommand.self, ImageListCommand.self, ImageTagCommand.self, ImageRemoveCommand.self,
            ImageInspectCommand.self, ImagePullCommand.self, ImagePushCommand.self, ImageSearchCommand.self,
        ])

    /// The store of the calling process.
    static func store() throws -> ImageStore { ImageStore(try Places.current().store) }
}
