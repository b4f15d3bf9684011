import EnvironmentFile

/// Something that happened in a run, and when.
public struct Event: Sendable {
    /// What happened.
    public enum Kind: Sendable {
        case imagePreparing(ImageRequest)
        case imageProgress(ImageRequest, ImageProgress)
        case imageReady(PreparedImage)
        case planned(Plan)
        /// The host port that was bound.
        case portPublished(PortPlan, hostPort: UInt16)
        /// The service waits for these.
        case waiting(service: String, for: [Dependency])
        case starting(service: String)
        case started(service: String)
        /// A probe has looked once; `probe` says which.
        case probed(service: String, probe: String, ProbeOutcome)
        /// With the time since the service was started.
        case ready(service: String, after: Duration)
        case output(service: String, LogLine)
        /// `isExpected`: a one-shot that has done its work, or the teardown's doing, which may be told after its end.
        case exited(service: String, ExitStatus, isExpected: Bool)
        /// It has ended and is started again after a pause.
        case restarting(service: String, ExitStatus, after: Duration)
        /// A service that nobody requires failed.
        case optionalFailed(BootError)
        /// A service that nobody requires is not started, because a dependency of it failed.
        case skipped(service: String, dependency: String)
        case bootFailed(BootError)
        /// Everything is ready; with the time since the start of the boot.
        case booted(after: Duration)
        case testStarted(TestPlan)
        case testEnded(RunOutcome.Ending, after: Duration)
        /// By a signal; `nil`: the performing task was cancelled.
        case interrupted(signal: Int32?)
        case teardownStarted
        case stopping(service: String, signal: Int32)
        /// The grace period is over, or the service gets none.
        case killing(service: String)
        case teardownEnded([TeardownFailure], after: Duration)
    }

    /// Since the start of the run.
    public var time: Duration
    /// What happened.
    public var kind: Kind
}
