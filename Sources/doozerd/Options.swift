import DoozerProtocol
import DoozerServer

/// The command line of `doozerd`: the flags of the original, in the manner it takes them (`-hist 5`, `-hist=5`,
/// `--hist=5`), and limits of this one.
struct Options {
    /// What the command line asks for.
    enum Command {
        case serve(Options)
        case showVersion
        case showHelp
    }

    /// A command line that is wrong: what about it, and what to do.
    struct UsageError: Error {
        var message: String
    }

    var address = ServerAddress("127.0.0.1:8046")
    var cluster = "local"
    var history = 2000
    var maximumMessage = 16 * 1024 * 1024
    var maximumOutstanding = 65_536

    static let usage = """
        usage: doozerd [-l ADDRESS:PORT] [-c CLUSTER] [-hist REVISIONS] [-max-message BYTES] [-max-outstanding REQUESTS]

          -l ADDRESS:PORT     where to listen (127.0.0.1:8046); :PORT is all interfaces
          -c CLUSTER          the name of the cluster (local)
          -hist REVISIONS     how many revisions are kept (2000)
          -max-message BYTES  the longest message taken from a client (16777216)
          -max-outstanding N  how many requests of one connection may wait for an answer (65536)
          -timeout, -pulse, -fill SECONDS
                              taken for the sake of existing command lines: one node has no peers to time
          -w false            the default: there is no web view
          -v                  print the version

        environment: DOOZER_RWSECRET, DOOZER_ROSECRET  what ACCESS must bring to write, and to read
        """

    /// Reads the arguments after the program's name.
    static func parse(_ arguments: [String]) throws(UsageError) -> Command {
        var options = Options()
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument != "-", argument != "--" else {
                throw UsageError(message: "unexpected argument '\(argument)'")
            }
            let flag = argument.drop { $0 == "-" }
            let parts = flag.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch parts[0] {
            case "v", "version": return .showVersion
            case "h", "help": return .showHelp
            default: break
            }
            guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
                throw UsageError(message: "flag -\(parts[0]) needs a value")
            }
            try options.set(String(parts[0]), value)
        }
        return .serve(options)
    }

    private mutating func set(_ flag: String, _ value: String) throws(UsageError) {
        switch flag {
        case "l":
            guard let address = ServerAddress(value) else {
                throw UsageError(message: "-l: '\(value)' is not ADDRESS:PORT")
            }
            self.address = address
        case "c":
            guard DoozerPath("/\(value)")?.components.count == 1 else {
                throw UsageError(message: "-c: '\(value)' is not a name of letters, digits, '.' and '-'")
            }
            cluster = value
        case "hist":
            history = try number(flag, value, 1...100_000_000)
        case "max-message":
            maximumMessage = try number(flag, value, 64...Int(Int32.max))
        case "max-outstanding":
            maximumOutstanding = try number(flag, value, 1...100_000_000)
        case "timeout", "pulse", "fill":
            guard let seconds = Double(value), seconds >= 0 else {
                throw UsageError(message: "-\(flag): '\(value)' is not a number of seconds")
            }
        case "w":
            try refuseWebView(value)
        case "a", "b":
            throw UsageError(message: "-\(flag): this server is one node and joins no cluster; leave the flag out")
        case "tlscert", "tlskey":
            throw UsageError(message: "-\(flag): this server does not speak TLS; leave the flag out")
        default:
            throw UsageError(message: "unknown flag -\(flag)")
        }
    }

    private func number(_ flag: String, _ value: String, _ range: ClosedRange<Int>) throws(UsageError) -> Int {
        guard let number = Int(value), range.contains(number) else {
            throw UsageError(
                message: "-\(flag): '\(value)' is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func refuseWebView(_ value: String) throws(UsageError) {
        guard ["", "0", "f", "false", "F", "False", "FALSE"].contains(value) else {
            throw UsageError(message: "-w: this server has no web view; leave the flag out or give '-w false'")
        }
    }
}
