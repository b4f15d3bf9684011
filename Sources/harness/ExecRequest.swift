import Glibc
import LocalStacks

/// What `harness exec` and `shell` are asked to do: ``ExecCommand`` without the parser's wrappers.
struct ExecRequest {
    static let commandName = "exec"

    var source = EnvironmentSource()
    var call: ExecCall
    /// Whether it gets a terminal of its own; `nil`: where the caller has one.
    var terminal: Bool?

    /// Runs it to its end.
    ///
    /// - Returns: Its exit code.
    func perform() throws -> ExitStatusCode {
        try reportingFailure {
            var call = call
            if terminal == true, isatty(STDIN_FILENO) != 1 {
                throw Failure("the input is no terminal", remedy: "leave -t out", code: .usage)
            }
            let isOnTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
            call.hasTerminal = !call.isDetached && (terminal ?? isOnTerminal)
            call.environment = call.environment.map {
                $0.contains("=") ? $0 : "\($0)=\(getenv($0).map { String(cString: $0) } ?? "")"
            }
            let hasTerm = call.environment.contains { $0.hasPrefix("TERM=") }
            if call.hasTerminal, !hasTerm, let term = getenv("TERM") {
                call.environment.append("TERM=\(String(cString: term))")
            }
            var session = ExecSession(
                target: try StackTarget.find(source), request: .exec(call), hasTerminal: call.hasTerminal)
            session.hasInput = !call.isDetached
            return try session.run()
        }
    }
}

extension ExecRequest {
    /// `harness exec [-i] [-t] [-T] SERVICE COMMAND…` as scripts call it most.
    ///
    /// The parser would take half of the time that all of it has, as with ``RunRequest/init(withoutOptions:)``.
    ///
    /// - Parameter words: What follows `exec`.
    /// - Returns: `nil` for whatever else it may be, mistakes included: the parser has the words for it.
    init?(plain words: some Collection<String>) {
        let options = words.prefix { ["-i", "-t", "-T", "-it", "-ti"].contains($0) }
        let rest = Array(words.dropFirst(options.count))
        guard rest.count >= 2, let service = rest.first, !service.isEmpty, !service.hasPrefix("-") else { return nil }
        let (wants, refuses) = (options.contains { $0.contains("t") }, options.contains("-T"))
        if wants, refuses { return nil }
        call = ExecCall(service: service)
        call.command = Array(rest.dropFirst())
        terminal = wants ? true : refuses ? false : nil
    }
}
