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
        /// Of an environment that stays up: its service has failed, and the others go on.
        case serviceFailed(BootError)
        /// A health check says otherwise than before; with what it saw.
        case healthChanged(service: String, isHealthy: Bool, seen: String)
        /// What is about to be changed in a running environment, and why.
        case changing(StackChange)
        /// The processes of a service have been stopped where they are, or go on.
        case paused(service: String, Bool)
        /// Something could not be taken down, and everything else goes on.
        case teardownFailed(TeardownFailure)
        /// A service's names and ports lead to other containers; those that they led to run on.
        case switched(service: String, from: [String], to: [String])
        /// Files of the host that a service's rules watch have changed, and this was done.
        case watched(service: String, String)
        /// An image of that name has gone from the store.
        case imageRemoved(String)
        /// What the service prints can't be kept for now.
        case logLost(service: String, why: String)
        /// The container is gone with all it has written.
        case removed(service: String)
    }

    /// Since the start of the run.
    public var time: Duration
    /// What happened.
    public var kind: Kind

    /// Takes both.
    public init(time: Duration, kind: Kind) {
        self.time = time
        self.kind = kind
    }
}
