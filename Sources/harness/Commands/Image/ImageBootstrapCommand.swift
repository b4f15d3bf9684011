import ArgumentParser
import ImageBuild
import ImageStore
import OCI

/// `harness image bootstrap`
struct ImageBootstrapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootstrap", abstract: "Make an image of the distribution's own packages, with mmdebstrap.",
        discussion: """
            SUITE is one of this host's distribution, by the host's own package sources. The essential packages and apt \
            are always in it. What was made once is found again; --refresh looks for newer versions. Prints the digest.

              harness image bootstrap bookworm --include postgresql-15,ca-certificates -t postgres
            """)

    @Argument(help: "The release: bookworm.")
    var suite: String

    @Option(parsing: .upToNextOption, help: "Packages besides, separated by commas or spaces; NAME=VERSION pins one.")
    var include: [String] = []

    @Option(name: [.customShort("t"), .customLong("tag")], help: "The image's name.")
    var tag: String

    @Flag(help: "Build again where there are newer versions.")
    var refresh = false

    mutating func run() throws {
        let (suite, tag, refresh) = (suite, tag, refresh)
        let packages = include.flatMap { $0.split(separator: ",").map(String.init) }
        let built = try reportingFailure {
            let reference = try Reference(tag)
            let host = try Distribution.host()
            var step = ""
            return try PackageImageBuilder(try ImageCommand.store()).image(
                // apt is in every image: without a list, the smallest one.
                packages: packages.isEmpty ? ["apt"] : packages, distribution: "\(host.id):\(suite)", tag: reference,
                refresh: refresh,
                progress: { progress in
                    // A line for each step, not for each of its MiB.
                    let current = String(progress.step.prefix { $0 != "(" })
                    guard current != step else { return }
                    step = current
                    StandardError.write("\(step)\n")
                })
        }
        if let notice = built.notice { StandardError.write("harness: \(notice)\n") }
        print(built.image.digest)
    }
}
