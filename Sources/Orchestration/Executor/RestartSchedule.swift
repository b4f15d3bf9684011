import EnvironmentFile

/// When a container that has ended is started again.
///
/// As Docker has it: the first pause is 100 ms, each further one twice as long, up to a minute; a container that has
/// lived for 10 s starts over.
struct RestartSchedule {
    private static let firstDelay: Duration = .milliseconds(100)
    private static let longestDelay: Duration = .seconds(60)
    private static let window: Duration = .seconds(10)

    private let policy: RestartPolicy
    private var attempts = 0
    private var next = Self.firstDelay

    init(_ policy: RestartPolicy) { self.policy = policy }

    /// How long to wait before the next start; `nil`: there is none.
    mutating func delay(after status: ExitStatus, lifetime: Duration) -> Duration? {
        switch policy.condition {
        case .never: return nil
        case .onFailure where status.isSuccess: return nil
        case .onFailure, .always: break
        }
        if lifetime >= policy.window ?? Self.window { (attempts, next) = (0, Self.firstDelay) }
        if let maximum = policy.maximumAttempts, attempts >= maximum { return nil }
        attempts += 1
        defer { next = min(next * 2, Self.longestDelay) }
        return policy.delay ?? next
    }
}

extension HookPlan {
    /// How long a hook may take that has no bound of its own.
    public static let timeLimit: Duration = .seconds(3600)
}
