import ArgumentParser
import ImageTransfer
import OCI

/// `harness image push`
struct ImagePushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Put an image into a registry.",
        discussion: """
            Only layers that the registry does not have are sent; those that another of its repositories has are taken \
            from there. The name says where the image goes. Prints its digest.

              harness image tag app localhost:5000/team/app:1
              harness image push localhost:5000/team/app:1
              harness image push app localhost:5000/team/app:1    # the same without the name
            """)

    @Argument(help: "A name, a digest, or the first digits of one.", completion: .images)
    var image: String

    @Argument(help: "The name in the registry; by default the image's own.")
    var target: String?

    @Option(help: "Of an image for several platforms, push that one alone: OS/ARCHITECTURE[/VARIANT].")
    var platform: PlatformArgument?

    @OptionGroup var trust: TrustOptions

    @Flag(name: [.short, .long], help: "Print the digest only.")
    var quiet = false

    mutating func run() throws {
        try reportingFailure {
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
}
