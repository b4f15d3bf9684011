import ArgumentParser
import Glibc
import ImageStore
import LinuxKernel

/// `harness image save`
struct ImageSaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save", abstract: "Write images as one archive.",
        discussion: """
            oci-archive keeps every digest; docker-archive is read by every version of 'docker load'.

              harness image save postgres busybox -o images.tar
              harness image save busybox --format docker-archive | docker load
            """)

    @Argument(help: "Names, digests, or the first digits of one.", completion: .images)
    var images: [String]

    @Option(
        name: .shortAndLong, help: "The archive; without it, standard output, which must be no terminal.",
        completion: .file())
    var output: String?

    @Option(help: "oci-archive or docker-archive.")
    var format = SaveFormat.ociArchive

    mutating func run() throws {
        let (images, output, format) = (images, output, format)
        try reportingFailure {
            let store = try ImageCommand.store()
            let meter = ByteMeter(label: "save")
            defer { meter.finish() }
            guard let output else {
                guard isatty(STDOUT_FILENO) == 0 else {
                    throw Failure(
                        "an archive is nothing for a terminal", remedy: "write it to a file: -o FILE", code: .usage)
                }
                return try store.save(images, as: format, to: STDOUT_FILENO) { meter.show($0.bytes, of: nil) }
            }
            try writingFile(output) { file in
                try store.save(images, as: format, to: file) { meter.show($0.bytes, of: nil) }
            }
        }
    }
}

extension SaveFormat: ExpressibleByArgument {}
