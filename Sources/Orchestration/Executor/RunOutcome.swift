/// What came of a run whose environment booted, or that was interrupted.
public struct RunOutcome: Sendable {
    public enum Ending: Hashable, Sendable {
        /// The test's own status; a failing test is a result.
        case exited(ExitStatus)
        case timedOut
        case interrupted(signal: Int32)

        /// Whether the test ran to its end and succeeded.
        public var isSuccess: Bool {
            if case .exited(let status) = self { status.isSuccess } else { false }
        }
    }

    public var ending: Ending
    public var timings: RunTimings
    public var teardownFailures: [TeardownFailure]

    /// The test's status where it ran to its end.
    public var testStatus: ExitStatus? {
        if case .exited(let status) = ending { status } else { nil }
    }
}

/// Where the time of a run went.
public struct RunTimings: Hashable, Sendable {
    /// One service's part.
    public struct ServiceTimings: Hashable, Sendable {
        public var name: String
        /// When its dependencies' conditions held, since the start of the run; `nil`: not reached, as below.
        public var unblocked: Duration?
        public var started: Duration?
        /// When it was ready, or done in the case of a one-shot, or started where nothing says more.
        public var settled: Duration?
    }

    public var total: Duration = .zero
    public var images: Duration = .zero
    public var boot: Duration = .zero
    public var test: Duration = .zero
    public var teardown: Duration = .zero
    /// In boot order.
    public var services: [ServiceTimings] = []
    /// The chain of services that made the boot as long as it was, in boot order.
    public var criticalPath: [String] = []
}
