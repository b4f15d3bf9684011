import EnvironmentFile

/// Why an environment did not come up: which service, in which phase, and what it printed last.
public struct BootError: Error, Sendable {
    /// What was being done.
    public enum Phase: String, Hashable, Sendable {
        case image, sandbox, port, start, readiness
        /// The service had started, and others were still booting.
        case boot
        case test
    }

    /// A condition that did not come to hold, and what was seen instead.
    public struct Unmet: Hashable, Sendable {
        /// As a person says it, `tcp 5432 takes connections`.
        public var condition: String
        /// What the last look saw.
        public var seen: String
    }

    /// What went wrong.
    public enum Reason: Sendable {
        /// What the engine threw; an ``EngineError`` where a person can mend it.
        case engine(any Error)
        case exited(ExitStatus)
        /// A `post_start` hook; `nil`: it did not end in time.
        case hookFailed(command: String, ExitStatus?, output: String)
        /// So many failures of the health check in a row, and what the last one saw.
        case unhealthy(failures: Int, last: String)
        case neverReady(within: Duration, [Unmet])
        /// It was not started, since this service, which it needs, has failed.
        case dependency(String)
    }

    /// `nil` where it is no single service's fault.
    public var service: String?
    /// What was being done.
    public var phase: Phase
    /// What went wrong.
    public var reason: Reason
    /// The last lines of the service, the oldest first; 50 at most.
    public var logs: [LogLine]
    /// The line that is to blame, usually the service's; `nil` where none is.
    public var position: SourcePosition?
    /// Bytes that the service may have, for the end of one that wanted more.
    public var memoryLimit: Int64?
    /// What went wrong when everything was taken down afterwards.
    public var teardownFailures: [TeardownFailure] = []

    /// An error of that phase.
    public init(
        service: String?, phase: Phase, reason: Reason, logs: [LogLine] = [], position: SourcePosition? = nil
    ) {
        self.service = service
        self.phase = phase
        self.reason = reason
        self.logs = logs
        self.position = position
    }

    /// What the engine said, where it was the engine.
    public var engineError: EngineError? {
        if case .engine(let error) = reason { error as? EngineError } else { nil }
    }

    /// Whether the engine failed, rather than something that the environment's author can mend.
    public var isEngineFault: Bool {
        guard case .engine(let error) = reason else { return false }
        switch (error as? EngineError)?.kind {
        case .systemCall, .sandboxLost: return true
        case nil: return phase != .image
        default: return false
        }
    }
}
