import DoozerClient
import DoozerProtocol

/// What a command line asks for.
struct Invocation {
    /// A command line that is wrong.
    struct UsageError: Error {
        var message: String
    }

    /// The words after the program's name and its options: a command and its arguments.
    enum Command {
        case get(path: String)
        case set(path: String, condition: Int64, body: String?)
        case del(path: String, condition: Int64)
        case rev
        case find(pattern: String)
        case stat(path: String)
        case wait(glob: String)
        case watch(glob: String)
        case help
        case version
    }

    var command: Command
    /// `-a`: instead of `DOOZER_URI`.
    var uri: String?
    /// `-r`: the revision to read at, or to wait from.
    var revision: Int64?
    /// `-t`: how long to wait for a change.
    var timeout: Duration?
    /// `-n`: how many changes to watch.
    var count: Int?

    static let usage = """
        usage: doozer [-a URI] COMMAND [OPTIONS] [ARGUMENTS]

          get PATH              print the file's content
          set PATH REV [BODY]   write the file (without BODY: standard input); print its new revision
          del PATH REV          delete the file
          rev                   print the current revision
          find PATH|GLOB        list the tree below PATH, or the files that match GLOB
          stat PATH             print 'REV LENGTH' of a file, 'd ENTRIES' of a directory
          wait GLOB             print the next change to a file that matches
          watch GLOB            print each change

        REV is the greatest revision the file may have: 0 only creates it, -1 is any.
        A change is printed as 'PATH REV set|del LENGTH', a line feed, the content and another line feed.
        In a GLOB, ? is one character of a component, * any of one component, ** any of any components.

          -a URI      the servers (or DOOZER_URI, or doozer:?ca=127.0.0.1:8046); the option wins
          -r REV      get, find, stat: as of REV; wait, watch: the first change on or after REV
          -t SECONDS  wait, watch: give up when so long nothing has changed
          -n COUNT    watch: end after so many changes

        exit status: 0; 1 the file has changed since REV; 2 refused or missing; 64 usage; 69 no server; 124 -t ran out
        """

    /// Reads the arguments after the program's name.
    ///
    /// Options may stand anywhere before `--`.
    init(_ arguments: [String]) throws(UsageError) {
        var words: [String] = []
        var rest = arguments[...]
        var options: [Character: String] = [:]
        var command: Command?
        while let argument = rest.popFirst() {
            if argument == "--" {
                words += rest
                break
            }
            guard argument.hasPrefix("-"), argument.count > 1, Int64(argument) == nil else {
                words.append(argument)
                continue
            }
            switch argument {
            case "-h", "--help": command = .help
            case "-v", "--version": command = .version
            case "-a", "-r", "-t", "-n":
                guard let value = rest.popFirst() else { throw UsageError(message: "\(argument) needs a value") }
                options[argument.last ?? "-"] = value
            default: throw UsageError(message: "unknown option '\(argument)'")
            }
        }
        if let command {
            self.command = command
        } else {
            self.command = try Invocation.command(words)
        }
        uri = options["a"]
        if let text = options["r"] { revision = try Invocation.revision(text) }
        if let text = options["t"] { timeout = try Invocation.timeout(text) }
        if let text = options["n"] { count = try Invocation.count(text) }
    }

    private static func command(_ words: [String]) throws(UsageError) -> Command {
        guard let name = words.first else { throw UsageError(message: "no command") }
        let arguments = words.dropFirst()
        let operands = Array(arguments)
        func expect(_ count: ClosedRange<Int>, _ form: String) throws(UsageError) {
            guard count.contains(operands.count) else { throw UsageError(message: "\(name) takes \(form)") }
        }
        switch name {
        case "rev":
            try expect(0...0, "no arguments")
            return .rev
        case "set":
            try expect(2...3, "PATH REV [BODY]")
            let body = operands.count == 3 ? operands[2] : nil
            return .set(path: operands[0], condition: try revision(operands[1]), body: body)
        case "del":
            try expect(2...2, "PATH REV")
            return .del(path: operands[0], condition: try revision(operands[1]))
        default:
            break
        }
        let single: [String: (String) -> Command] = [
            "get": { .get(path: $0) }, "find": { .find(pattern: $0) }, "stat": { .stat(path: $0) },
            "wait": { .wait(glob: $0) }, "watch": { .watch(glob: $0) },
        ]
        guard let make = single[name] else { throw UsageError(message: "unknown command '\(name)'") }
        try expect(1...1, name == "get" || name == "stat" ? "PATH" : name == "find" ? "PATH or GLOB" : "GLOB")
        return make(operands[0])
    }

    private static func revision(_ text: String) throws(UsageError) -> Int64 {
        guard let revision = Int64(text) else { throw UsageError(message: "'\(text)' is not a revision") }
        return revision
    }

    private static func timeout(_ text: String) throws(UsageError) -> Duration {
        guard let seconds = Double(text), seconds >= 0, seconds < 1e9 else {
            throw UsageError(message: "-t: '\(text)' is not a number of seconds")
        }
        return .seconds(seconds)
    }

    private static func count(_ text: String) throws(UsageError) -> Int {
        guard let count = Int(text), count > 0 else {
            throw UsageError(message: "-n: '\(text)' is not a number from 1 up")
        }
        return count
    }
}
