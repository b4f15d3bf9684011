import ArgumentParser
import EnvironmentFile
import ImageStore
import OCI

/// `harness image prune`
struct ImagePruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove what no image has and, where that is asked for, images.",
        discussion: """
            Without an option no image with a name goes. What is in use never does: the images of running environments, \
            and what is being pulled.

              harness image prune --older-than 30d --max-size 20GB
            """)

    @Flag(name: [.short, .long], help: "Remove every image that nobody uses.")
    var all = false

    @Option(help: "Remove images that have not been used (run, pulled, imported, built) for this time: 12h, 30d, 4w.")
    var olderThan: AgeArgument?

    @Option(help: "Remove the images used longest ago until the store takes this at most: 500MB, 20GB, 8GiB.")
    var maxSize: SizeArgument?

    func validate() throws {
        guard !all || (olderThan == nil && maxSize == nil) else {
            throw ValidationError(
                "--all removes every image that nobody uses: leave it out, or --older-than and --max-size.")
        }
    }

    mutating func run() throws {
        let (all, age, size) = (all, olderThan?.seconds, maxSize?.bytes)
        let report = try reportingFailure {
            try ImageCommand.store().prune(PruneRequest(everything: all, olderThan: age, maximalSize: size))
        }
        for image in report.removed { print("deleted \(Self.name(image))") }
        for image in report.inUse { StandardError.write("harness: in use, kept: \(Self.name(image))\n") }
        print("freed \(humanReadable(bytes: report.freed)), \(humanReadable(bytes: report.left)) left")
    }

    private static func name(_ image: ImageSummary) -> String {
        let names = image.references.map(\.familiar).joined(separator: " ")
        return names.isEmpty ? image.digest.description : names
    }
}

/// A number of bytes: `20GB` (powers of ten), `8GiB` (powers of two), `1048576`.
struct SizeArgument: ExpressibleByArgument {
    var bytes: Int64

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let units: [String: Double] = [
            "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12,
            "kib": 1024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
        ]
        guard let number = Double(digits), let unit = units[argument.dropFirst(digits.count).lowercased()],
            number * unit < 9e18
        else { return nil }
        bytes = Int64(number * unit)
    }
}

/// A time that has passed: `90m`, `12h`, `30d`, `4w`, or several of them.
struct AgeArgument: ExpressibleByArgument {
    var seconds: Int64

    init?(argument: String) {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800]
        var total: Int64 = 0
        var number: Int64?
        for character in argument {
            if let digit = character.wholeNumberValue, character.isASCII {
                guard (number ?? 0) < 1_000_000_000 else { return nil }
                number = (number ?? 0) * 10 + Int64(digit)
            } else {
                guard let amount = number, let unit = units[character] else { return nil }
                total += amount * unit
                number = nil
            }
        }
        guard number == nil, !argument.isEmpty else { return nil }
        seconds = total
    }
}
