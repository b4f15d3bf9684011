import Orchestration
import Testing

@Suite("A pull policy")
struct PullPolicyTests {
    @Test(
        "is read as Compose has it",
        arguments: [
            ("missing", .missing), ("if_not_present", .missing), ("always", .always), ("never", .never),
            ("build", .build), ("daily", .every(seconds: 86400)), ("weekly", .every(seconds: 604_800)),
            ("every_12h", .every(seconds: 43200)), ("every_1w2d", .every(seconds: 777_600)),
            ("every_1d30m", .every(seconds: 88200)), ("every_", nil), ("every_x", nil), ("every_-1d", nil),
            ("hourly", nil), ("", nil),
        ] as [(String, PullPolicy?)])
    func reading(_ text: String, _ policy: PullPolicy?) { #expect(PullPolicy(compose: text) == policy) }

    static let now: Int64 = 1_700_000_000

    /// Stored or not, how many seconds ago fetched, offline or not.
    typealias Case = (PullPolicy, Bool, Int64?, Bool, PullPolicy.Decision)

    @Test(
        "decides by what the store has, when it was fetched, and whether a registry may be asked",
        arguments: [
            (.missing, true, nil, false, .useStored), (.missing, false, nil, false, .pull),
            (.missing, false, nil, true, .fail), (.missing, true, nil, true, .useStored),
            (.always, true, 0, false, .pull), (.always, false, nil, false, .pull),
            (.always, true, 0, true, .useStored), (.always, false, nil, true, .fail),
            (.never, true, nil, false, .useStored), (.never, false, nil, false, .fail),
            (.build, true, nil, false, .useStored), (.build, false, nil, false, .fail),
            (.every(seconds: 60), true, 59, false, .useStored), (.every(seconds: 60), true, 60, false, .pull),
            (.every(seconds: 60), true, nil, false, .pull), (.every(seconds: 60), false, nil, false, .pull),
            (.every(seconds: 60), true, -5, false, .pull), (.every(seconds: 60), true, 3600, true, .useStored),
        ] as [Case])
    func deciding(_ row: Case) {
        let situation = PullPolicy.Situation(
            isStored: row.1, pulled: row.2.map { Self.now - $0 }, now: Self.now, isOffline: row.3)
        #expect(row.0.decision(situation) == row.4)
    }
}
