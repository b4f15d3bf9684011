/// The path exists in the container.
struct FileProbe: Probe {
    var path: String

    func attempt(on target: ProbeTarget, timeout: Duration) async throws -> ProbeOutcome {
        try await target.pathExists(path) ? .ready : .notYet("does not exist")
    }
}
