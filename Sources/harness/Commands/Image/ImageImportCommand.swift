import ArgumentParser
import Glibc
import ImageStore
import OCI

/// `harness image import`
struct ImageImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make an image of one layer from the archive of a root file system.",
        discussion: """
            The archive is a tar, plain or compressed with gzip or zstd. Entries that lead outside of the image are \
            refused, and nothing is left of an import that fails. Prints the image's digest.

              harness image import rootfs.tar.gz -t busybox --change 'CMD ["sh"]'
            """)

    @Argument(help: "The archive; - is standard input.", completion: .file())
    var archive: String

    @Option(name: [.customShort("t"), .customLong("tag")], help: "The image's name.")
    var tag: String

    @Option(
        name: .customLong("change"),
        help: "CMD, ENTRYPOINT, ENV, USER, WORKDIR, EXPOSE, VOLUME, STOPSIGNAL or LABEL and its value; repeatable.")
    var changes: [String] = []

    mutating func run() throws {
        try reportingFailure {
            let reference = try Reference(tag)
            let changes = try changes.map { try ConfigurationChange($0) }
            let source: ArchiveSource = archive == "-" ? .descriptor(STDIN_FILENO) : .path(archive)
            let meter = ByteMeter(label: "import \(reference.familiar)")
            let imported: ImportedImage
            do {
                imported = try ImageCommand.store().importArchive(
                    source, as: reference, changes: changes, progress: { meter.show($0.bytes, of: $0.total) })
                meter.finish()
            } catch {
                meter.finish()
                throw Failure(error, at: archive)
            }
            for (reason, count) in imported.omissions.sorted(by: { $0.key < $1.key }) {
                StandardError.write("harness: left out of \(archive): \(reason) (\(count))\n")
            }
            print(imported.image.digest)
        }
    }
}
