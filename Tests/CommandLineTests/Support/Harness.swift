import Glibc
import Testing

/// The command line under test.
enum Harness {
    /// HARNESS_BINARY, else the product next to the test bundle.
    static let binary: String = {
        if let path = variable("HARNESS_BINARY") { return path }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let executable = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return executable.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/harness"
    }()

    /// Starts `harness` with a small environment of its own, so that no variable of the caller has a say.
    static func start(
        _ arguments: [String], home: String, variables: [String: String] = [:], directory: String? = nil,
        caller: Caller = .standard
    ) throws -> ChildProcess {
        var environment = [
            "PATH": variable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin", "HARNESS_HOME": home, "LC_ALL": "C.UTF-8",
        ]
        environment.merge(try caller.variables) { $1 }
        environment.merge(variables) { $1 }
        let prefix = directory.map { ["/usr/bin/env", "--chdir=\($0)"] } ?? []
        return try ChildProcess(
            try caller.prefix + prefix + [try caller.binary] + arguments,
            environment: environment.filter { !$1.isEmpty })
    }

    /// Runs `harness` to its end.
    static func run(
        _ arguments: [String], home: String, variables: [String: String] = [:], directory: String? = nil,
        timeout: Duration = .seconds(120), caller: Caller = .standard
    ) throws -> ChildProcess.Outcome {
        try start(arguments, home: home, variables: variables, directory: directory, caller: caller)
            .wait(timeout: timeout)
    }
}

/// The tests' own image store.
enum Store {
    /// Has the image `busybox`; kept from run to run, since images of packages take minutes to make.
    static func withBusybox(_ caller: Caller = .standard) throws -> String {
        switch caller {
        case .root: try prepared.get()
        case .user: try preparedForUser.get()
        case .plain: try preparedForPlain.get()
        }
    }

    private static let prepared = Result { () throws -> String in
        let home = variable("HARNESS_TEST_HOME") ?? "\(repository)/.build/harness-home"
        mkdir(home, 0o755)
        try importBusybox(into: home, as: .root)
        return home
    }
    private static let preparedForUser = Result { try prepare(.user) }
    private static let preparedForPlain = Result { try prepare(.plain) }

    private static func prepare(_ caller: Caller) throws -> String {
        let home = "\(try caller.place)/home"
        mkdir(home, 0o700)
        try caller.own(home)
        try importBusybox(into: home, as: caller)
        return home
    }

    /// Imports the image into a store unless it has the one that the recipe makes.
    static func importBusybox(into home: String, as caller: Caller = .standard) throws {
        var environment = ["PATH": variable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin", "HARNESS_HOME": home]
        environment.merge(try caller.variables) { $1 }
        let script = try ChildProcess(
            ["\(repository)/Scripts/import-busybox"] + caller.prefix + [try caller.binary], environment: environment)
        let outcome = try script.wait()
        guard outcome.code == 0 else { throw ImportFailed(error: outcome.error) }
    }

    struct ImportFailed: Error {
        var error: String
    }
}

/// One environment of one test: a folder with an environment file, under a name that nothing else has.
final class Fixture {
    let name: String
    let scratch: Scratch
    let home: String
    let caller: Caller

    /// - Parameters:
    ///   - text: The environment file without its `name:`.
    ///   - home: The image store; `nil`: the one that all tests share.
    ///   - caller: Who runs it.
    init(_ text: String, home: String? = nil, caller: Caller = .standard) throws {
        name = "t\(String(UInt64.random(in: 0..<(1 << 40)), radix: 36))"
        scratch = try Scratch(for: caller)
        self.caller = caller
        self.home = try home ?? Store.withBusybox(caller)
        try scratch.write("name: \(name)\n\(text)\n", to: "environment.yaml")
    }

    /// Starts `harness run` with the options, and with a command where one is given.
    func start(
        _ command: [String] = [], options: [String] = [], variables: [String: String] = [:]
    ) throws -> ChildProcess {
        let arguments = ["run"] + options + [scratch.path] + (command.isEmpty ? [] : ["--"] + command)
        return try Harness.start(arguments, home: home, variables: variables, caller: caller)
    }

    /// Runs `harness run` to its end.
    func run(
        _ command: [String] = [], options: [String] = [], variables: [String: String] = [:]
    ) throws -> ChildProcess.Outcome {
        try start(command, options: options, variables: variables).wait()
    }

    /// Runs a shell script as the test and returns what it printed, without the last line feed.
    ///
    /// Records an issue unless it exits with 0.
    func output(of script: String, location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try run(["sh", "-c", script])
        #expect(outcome.code == 0, "\(outcome.output)\(outcome.error)", sourceLocation: location)
        return outcome.output.hasSuffix("\n") ? String(outcome.output.dropLast()) : outcome.output
    }
}
