extension BootError: CustomStringConvertible {
    private static let logLimit = 20
    private static let detailLimit = 4

    /// What happened, in one sentence without position.
    public var message: String {
        let subject = service.map { "service '\($0)'" } ?? "the environment"
        switch (reason, phase) {
        case (.engine(let error), .image): return "no image for \(subject): \(Self.text(error))"
        case (.engine(let error), .port): return "\(subject) can't publish a port: \(Self.text(error))"
        case (.engine(let error), .test): return "the test could not be started: \(Self.text(error))"
        case (.engine(let error), _): return "\(subject) could not be started: \(Self.text(error))"
        case (.exited(let status), .readiness):
            return "\(subject) \(status.text(memoryLimit: memoryLimit)) before it was ready"
        case (.exited(let status), .test):
            return "\(subject) \(status.text(memoryLimit: memoryLimit)) before the test could run in it"
        case (.exited(let status), _):
            return "\(subject) \(status.text(memoryLimit: memoryLimit)) while the environment was booting"
        case (.hookFailed(let command, let status, _), _):
            return "the hook '\(command)' of \(subject) \(status?.text ?? "did not end in time")"
        case (.unhealthy(let failures, _), _):
            return "\(subject) is unhealthy: its health check failed \(failures) times in a row"
        case (.dependency(let name), _): return "\(subject) was not started: '\(name)', which it needs, has failed"
        case (.neverReady(let timeout, _), _): return "\(subject) was not ready within \(timeout.text)"
        }
    }

    /// The next thing to try, or `nil` where that can't be known.
    public var remedy: String? { engineError?.remedy }

    private static func text(_ error: any Error) -> String {
        (error as? EngineError)?.message ?? String(describing: error)
    }

    private var details: [String] {
        switch reason {
        case .unhealthy(_, let last), .hookFailed(_, _, let last):
            last.split(whereSeparator: \.isNewline).prefix(Self.detailLimit).map { "  \($0)" }
        case .neverReady(_, let unmet):
            unmet.prefix(Self.detailLimit).map { unmet in
                "  \(unmet.condition): \(unmet.seen.prefix { !$0.isNewline })"
            }
        case .engine, .exited, .dependency: []
        }
    }

    /// A report of at most 30 lines: the sentence, details, the last log lines, the remedy.
    public var description: String {
        var lines = ["\(position.map { "\($0): " } ?? "")error: \(message)"]
        lines += details
        if let service, !logs.isEmpty {
            lines.append("last lines of '\(service)':")
            lines += logs.suffix(Self.logLimit).map { "  | \($0.text)" }
        }
        if let remedy { lines.append("remedy: \(remedy)") }
        if let failure = teardownFailures.first {
            let more = teardownFailures.count > 1 ? " (and \(teardownFailures.count - 1) more)" : ""
            lines.append("teardown: \(failure.step): \(Self.text(failure.cause))\(more)")
        }
        return lines.joined(separator: "\n")
    }
}
