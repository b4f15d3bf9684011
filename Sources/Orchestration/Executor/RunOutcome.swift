/// What came of a run whose environment booted, or that was interrupted.
public struct RunOutcome: Sendable {
    /// How a run ended.
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

    /// How it ended.
    public var ending: Ending
    /// Where the time went.
    public var timings: RunTimings
    /// What could not be taken down; the sandbox's end takes the rest with it.
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
        /// The service's name.
        public var name: String
        /// When its dependencies' conditions held, since the start of the run; `nil`: not reached, as below.
        public var unblocked: Duration?
        /// When its program ran.
        public var started: Duration?
        /// When it was ready, or done in the case of a one-shot, or started where nothing says more.
        public var settled: Duration?
    }

    /// From the start to the end of the teardown.
    public var total: Duration = .zero
    /// Until every image was there.
    public var images: Duration = .zero
    /// From then until the sandbox was open, planning included.
    public var sandbox: Duration = .zero
    /// From then until everything was ready.
    public var boot: Duration = .zero
    /// From then until the test had ended, with the time that it was kept up afterwards.
    public var test: Duration = .zero
    /// From then until everything was gone.
    public var teardown: Duration = .zero
    /// In boot order.
    public var services: [ServiceTimings] = []
    /// The chain of services that made the boot as long as it was, in boot order.
    public var criticalPath: [String] = []
}
