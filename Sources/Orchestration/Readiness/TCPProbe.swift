/// The port takes connections.
struct TCPProbe: Probe {
    /// A refusal comes at once; only a host that drops packets makes anybody wait.
    static let longestAttempt: Duration = .seconds(1)

    var port: UInt16

    func attempt(on target: ProbeTarget, timeout: Duration) async throws -> ProbeOutcome {
        let stream = try await target.connect(port: port, timeout: min(timeout, Self.longestAttempt))
        stream.close()
        return .ready
    }
}
