import EnvironmentFile

/// Why a service that is still running counts as never ready.
enum ReadinessFailure: Error {
    case unhealthy(failures: Int, last: String)
    /// With what each condition saw last.
    case timedOut(after: Duration, seen: [BootError.Unmet])
}

/// One `ready` condition and how it is watched.
struct ConditionWatch: Sendable {
    enum Kind: Sendable {
        case polled(any Probe)
        /// Looked for in every line from the first on; the latch is set when it has come.
        case line(LogPattern, Latch<Void>)
    }

    let text: String
    let kind: Kind

    init(_ condition: Ready.Condition) throws(LogPattern.Invalid) {
        text = condition.text
        switch condition {
        case .tcp(let port): kind = .polled(TCPProbe(port: port))
        case .http(let port, let path, let status): kind = .polled(HTTPProbe(port: port, path: path, status: status))
        case .file(let path): kind = .polled(FileProbe(path: path))
        case .exec(let arguments): kind = .polled(CommandProbe(arguments: arguments))
        case .log(let pattern): kind = .line(try LogPattern(pattern), Latch())
        }
    }
}

/// Waits until a container is ready: its health check and its `ready` conditions, where it has both, both.
struct ReadinessWait: Sendable {
    let plan: ReadinessPlan
    let watches: [ConditionWatch]
    let target: ProbeTarget
    let report: @Sendable (String, ProbeOutcome) -> Void

    /// Returns when the container is ready.
    ///
    /// - Parameter start: When the container was started.
    /// - Throws: ``ReadinessFailure``; `CancellationError`.
    func wait(from start: Duration) async throws {
        guard let check = plan.healthcheck else { return try await waitForConditions(from: start) }
        let monitor = HealthMonitor(check: check, target: target) { report("health check", $0) }
        guard !watches.isEmpty else { return try await monitor.wait(from: start) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await monitor.wait(from: start) }
            group.addTask { try await waitForConditions(from: start) }
            try await group.waitForAll()
        }
    }

    private func waitForConditions(from start: Duration) async throws {
        let deadline = start + plan.timeout
        let unmet: [BootError.Unmet]
        if watches.count == 1 {
            unmet = [try await wait(for: watches[0], until: deadline)].compactMap(\.self)
        } else {
            unmet = try await waitForSeveral(until: deadline)
        }
        if !unmet.isEmpty { throw ReadinessFailure.timedOut(after: plan.timeout, seen: unmet) }
    }

    /// Those that kept the service from being ready, in the order of the file; empty once enough conditions hold.
    private func waitForSeveral(until deadline: Duration) async throws -> [BootError.Unmet] {
        try await withThrowingTaskGroup(of: (place: Int, unmet: BootError.Unmet?).self) { group in
            for (place, watch) in watches.enumerated() {
                group.addTask { (place, try await wait(for: watch, until: deadline)) }
            }
            defer { group.cancelAll() }
            var unmet: [(place: Int, unmet: BootError.Unmet)] = []
            while let result = try await group.next() {
                if let failure = result.unmet {
                    unmet.append((result.place, failure))
                } else if !plan.requiresAll {
                    return []
                }
            }
            return unmet.sorted { $0.place < $1.place }.map(\.unmet)
        }
    }

    /// Waits for one condition; `nil` once it holds.
    private func wait(for watch: ConditionWatch, until deadline: Duration) async throws -> BootError.Unmet? {
        let seen: String?
        switch watch.kind {
        case .polled(let probe):
            let polling = Polling(probe: probe, target: target) { report(watch.text, $0) }
            seen = try await polling.wait(until: deadline)
        case .line(_, let found):
            seen = try await target.clock.wait(for: found, until: deadline) == nil ? "no such line" : nil
            if seen == nil { report(watch.text, .ready) }
        }
        return seen.map { BootError.Unmet(condition: watch.text, seen: $0) }
    }
}
