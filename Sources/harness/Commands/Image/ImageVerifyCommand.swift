import ArgumentParser
import ImageStore

/// `harness image verify`
struct ImageVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check that every image is whole.",
        discussion: """
            Reads every blob and compares its digest, and compares each unpacked layer with what its blob unpacks to. \
            Changes nothing. Exit code 65 where something is wrong: a damaged image is mended by removing it and \
            getting it again, a damaged unpacked layer by removing its directory.
            """)

    @Flag(help: "Leave the unpacked layers out.")
    var quick = false

    mutating func run() throws {
        let quick = quick
        let report = try reportingFailure { try ImageCommand.store().verify(comparesLayers: !quick) }
        for problem in report.problems { print("\(problem.subject): \(problem.text)") }
        StandardError.write(
            "verified \(report.images) names, \(report.blobs) blobs, \(report.layers) unpacked layers: "
                + (report.problems.isEmpty ? "all well\n" : "\(report.problems.count) problems\n"))
        if !report.problems.isEmpty { throw ExitStatusCode.invalidInput }
    }
}
