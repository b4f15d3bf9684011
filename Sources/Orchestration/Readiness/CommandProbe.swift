/// The program exits with 0 in the container: `exec` conditions and health checks.
struct CommandProbe: Probe {
    var arguments: [String]

    func attempt(on target: ProbeTarget, timeout: Duration) async throws -> ProbeOutcome {
        let (status, output) = try await target.run(arguments, timeout: timeout)
        if status?.isSuccess == true { return .ready }
        let end = status?.text ?? "timed out after \(timeout.text)"
        let printed = output.split(whereSeparator: \.isNewline).suffix(5).joined(separator: "\n")
        return .notYet(printed.isEmpty ? end : "\(end): \(printed)")
    }
}
