import ArgumentParser
import ImageStore
import OCI

/// `harness image tag`
struct ImageTagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Give an image a further name.",
        discussion: "Another image that had the name loses it.")

    @Argument(help: "A name, a digest, or the first digits of one.", completion: .images)
    var image: String

    @Argument(help: "The new name.", completion: .images)
    var name: String

    mutating func run() throws {
        try reportingFailure { try ImageCommand.store().tag(image, as: Reference(name)) }
    }
}

/// `harness image rm`
struct ImageRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Take names away; an image without a name goes, with the layers only it had.",
        discussion:
            "An image that a running environment uses is refused. All that can be removed is; exit code 69 if not all.",
        aliases: ["remove"])

    @Argument(help: "Names, digests, or the first digits of one.", completion: .images)
    var images: [String]

    mutating func run() throws {
        let store = try reportingFailure { try ImageCommand.store() }
        var failed: ExitStatusCode?
        for image in images {
            do {
                let removed = try reportingFailure { try store.remove(image) }
                for name in removed.names { print("untagged \(name.familiar)") }
                if removed.isDeleted { print("deleted \(image)") }
            } catch let code as ExitStatusCode {
                failed = failed ?? code
            }
        }
        if let failed { throw failed }
    }
}
