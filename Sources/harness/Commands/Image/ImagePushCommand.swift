import ArgumentParser
import ImageStore
import ImageTransfer
import OCI

/// `harness image push`
struct ImagePushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Put an image into a registry, or into files.",
        discussion: """
            Only layers that the registry does not have are sent; those that another of its repositories has are taken \
            from there. The name says where the image goes. Prints its digest.

            Files are named as skopeo(1) names them: oci:PATH[:TAG] adds to an OCI image layout; \
            oci-archive:PATH[:TAG], docker-archive:PATH[:REFERENCE] and dir:PATH are written anew.

              harness image tag app localhost:5000/team/app:1
              harness image push localhost:5000/team/app:1
              harness image push app localhost:5000/team/app:1    # the same without the name
              harness image push app oci-archive:app.tar:1
            """)

    @Argument(help: "A name, a digest, or the first digits of one.", completion: .images)
    var image: String

    @Argument(help: "The name in the registry, by default the image's own; or the files.")
    var target: String?

    @Option(help: "Of an image for several platforms, push that one alone: OS/ARCHITECTURE[/VARIANT].")
    var platform: PlatformArgument?

    @OptionGroup var trust: TrustOptions

    @Flag(name: [.short, .long], help: "Print the digest only.")
    var quiet = false

    mutating func run() throws {
        try reportingFailure {
            if let files = try FileImage(target ?? image) { return try write(to: files) }
            let reference = try Reference(target ?? image)
            let reporter = TransferReporter(label: "push \(reference.familiar)", isQuiet: quiet)
            defer { reporter.finish() }
            let push = try ImagePush(
                image, to: reference, platform: platform?.platform, isInsecure: trust.insecure,
                from: try ImageCommand.store()
            ) { reporter.show($0) }
            let summary = try push.run()
            reporter.finish()
            if !quiet {
                StandardError.write(
                    "push \(reference.familiar): sent \(summary.sent) blobs (\(humanReadable(bytes: summary.sentBytes))), "
                        + "\(summary.present) were there, \(summary.mounted) taken from other repositories, \(reporter.timing)\n"
                )
            }
            print(summary.digest)
        }
    }

    private func write(to files: FileImage) throws {
        guard target != nil else {
            throw Failure(
                "'\(files)' says where an image goes, and not which", remedy: "harness image push IMAGE \(files)",
                code: .usage)
        }
        let meter = ByteMeter(label: "push")
        defer { meter.finish() }
        print(
            try ImageCommand.store().write(
                image, to: files, platform: platform?.platform,
                progress: { if !quiet { meter.show($0.bytes, of: nil) } }))
    }
}
