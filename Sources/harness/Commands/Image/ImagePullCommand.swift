import ArgumentParser
import Glibc
import ImageStore
import ImageTransfer
import OCI

/// `harness image pull`
struct ImagePullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Fetch images from their registries.",
        discussion: """
            What the store has is not fetched again, and what comes is checked against its digest. Prints each image's \
            digest. Credentials are those of 'harness login', or of Docker; mirrors are in registries.yaml.

            Images in files are named as skopeo(1) names them: oci:PATH[:TAG], oci-archive:PATH[:TAG], \
            docker-archive:PATH[:REFERENCE], dir:PATH. The store keeps them by that name.

              harness image pull postgres:16 registry.example.com/team/app@sha256:…
              harness image pull oci-archive:app.tar
            """)

    @Argument(help: "Names, as docker pull takes them; with a digest, exactly that content.", completion: .images)
    var images: [String]

    @Option(help: "OS/ARCHITECTURE[/VARIANT] of images for several; this machine's by default.")
    var platform: PlatformArgument?

    @OptionGroup var trust: TrustOptions

    @Flag(name: [.short, .long], help: "Print digests only.")
    var quiet = false

    mutating func run() throws {
        let store = try reportingFailure { try ImageCommand.store() }
        for name in images {
            try reportingFailure {
                if let image = try FileImage(name) { return try read(image, into: store) }
                let reference = try Reference(name)
                var options = ImagePull.Options(reference)
                options.platform = platform?.platform
                options.isInsecure = trust.insecure
                let reporter = TransferReporter(label: "pull \(reference.familiar)", isQuiet: quiet)
                defer { reporter.finish() }
                let pull = try ImagePull(options, into: store) { reporter.show($0) }
                print(try pull.run())
            }
        }
    }
}

extension ImagePullCommand {
    private func read(_ image: FileImage, into store: ImageStore) throws {
        guard platform == nil else {
            throw Failure("--platform is for registries: '\(image)' is read with all that it has", code: .usage)
        }
        let meter = ByteMeter(label: "pull")
        defer { meter.finish() }
        let loaded: LoadedImage
        do {
            loaded = try store.fetch(
                image, now: Int64(time(nil)), progress: { if !quiet { meter.show($0.bytes, of: nil) } })
        } catch {
            meter.finish()
            throw Failure(error, at: image.description)
        }
        meter.finish()
        for (reason, count) in loaded.omissions.sorted(by: { $0.key < $1.key }) {
            StandardError.write("harness: left out of \(image): \(reason) (\(count))\n")
        }
        print(loaded.digest)
    }
}

/// How far a registry is trusted.
struct TrustOptions: ParsableArguments {
    @Flag(help: "Take any certificate, and plain HTTP where the registry speaks no TLS.")
    var insecure = false
}

/// `linux/amd64`, `linux/arm/v7`, `arm64`.
struct PlatformArgument: ExpressibleByArgument {
    var platform: Platform

    init?(argument: String) {
        guard let platform = Platform(argument) else { return nil }
        self.platform = platform
    }
}
