import ArgumentParser
import ImageStore
import OCI

/// `harness image load`
struct ImageLoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Add the images of an archive or of an image layout.",
        discussion: """
            Reads what 'docker save', 'podman save', 'skopeo copy' and 'harness image save' write, plain or compressed \
            with gzip or zstd; or, without an archive, oci:PATH[:NAME], oci-archive:PATH[:NAME], docker-archive:PATH, \
            dir:PATH and the directory of an OCI image layout. Nothing is left of a load that fails. Prints digest and \
            names.

              docker save postgres:16 | harness image load
            """)

    @Argument(help: "The source; - is standard input.", completion: .file())
    var source = "-"

    @Option(name: .shortAndLong, help: "The source, as docker(1) takes it.", completion: .file())
    var input: String?

    @Option(name: .shortAndLong, help: "The image's name, where there is one image.")
    var tag: String?

    mutating func run() throws {
        let (place, tag) = (input ?? source, tag)
        let loaded = try reportingFailure {
            let reference = try tag.map { try Reference($0) }
            let store = try ImageCommand.store()
            let meter = ByteMeter(label: "load")
            defer { meter.finish() }
            do {
                return try store.load(ImageSource(place), as: reference, progress: { meter.show($0.bytes, of: nil) })
            } catch {
                meter.finish()
                throw Failure(error, at: place)
            }
        }
        for image in loaded {
            for (reason, count) in image.omissions.sorted(by: { $0.key < $1.key }) {
                StandardError.write("harness: left out of \(place): \(reason) (\(count))\n")
            }
            print("\(image.digest) \(image.references.map(\.familiar).joined(separator: " "))")
        }
    }
}
