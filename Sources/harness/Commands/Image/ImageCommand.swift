import ArgumentParser
import EmbeddedEngine
import ImageStore

/// `harness image`
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Work on the image store.",
        subcommands: [
            ImageListCommand.self, ImageInspectCommand.self, ImageHistoryCommand.self, ImageDiffCommand.self,
            ImageTagCommand.self, ImageRemoveCommand.self, ImagePruneCommand.self, ImageImportCommand.self,
            ImageLoadCommand.self, ImageSaveCommand.self, ImageBootstrapCommand.self, ImageVerifyCommand.self,
            ImageUsageCommand.self, ImagePullCommand.self, ImagePushCommand.self, ImageSearchCommand.self,
        ])

    /// The store of the calling process.
    static func store() throws -> ImageStore { ImageStore(try Places.current().store) }
}
