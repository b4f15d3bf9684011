import Synchronization

/// One thread and a time of its own: jobs run in the order in which they came, and when there is none left the time
/// jumps to the next deadline. Nothing in it depends on the machine.
final class Simulation: TaskExecutor, Sendable {
    /// Nobody can run, and no deadline is left that could wake anybody.
    struct Deadlock: Error {}

    private struct Timer {
        var deadline: Duration
        var serial: Int
        var action: @Sendable () -> Void
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var firstJob = 0
        var jobCount = 0
        var now: Duration = .zero
        var timers: [Timer] = []
        var serial = 0
    }

    private let state = Mutex(State())

    var now: Duration { state.withLock { $0.now } }

    /// How many deadlines nobody has called off.
    var timerCount: Int { state.withLock { $0.timers.count } }

    /// How many jobs have run so far.
    var jobCount: Int { state.withLock { $0.jobCount } }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    /// Calls `action` at a moment; returns a number by which it can be called off.
    @discardableResult
    func schedule(at deadline: Duration, _ action: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.serial += 1
            state.timers.append(Timer(deadline: deadline, serial: state.serial, action: action))
            return state.serial
        }
    }

    func callOff(_ serial: Int) { state.withLock { $0.timers.removeAll { $0.serial == serial } } }

    /// Runs `body` to its end on the calling thread.
    func run<Success: Sendable>(_ body: @escaping @Sendable () async throws -> Success) throws -> Success {
        let result = Mutex<Result<Success, any Error>?>(nil)
        return try withoutActuallyEscaping(body) { body in
            let box = ResultBox<Success>()
            Task(executorPreference: self) {
                do {
                    let value = try await body()
                    box.set(.success(value))
                } catch {
                    box.set(.failure(error))
                }
            }
            while true {
                drain()
                if let value = box.value {
                    result.withLock { $0 = value }
                    return try value.get()
                }
                guard fireNext() else { throw Deadlock() }
            }
        }
    }

    private func drain() {
        while true {
            let job = state.withLock { state -> UnownedJob? in
                guard state.firstJob < state.jobs.count else {
                    state.jobs.removeAll(keepingCapacity: true)
                    state.firstJob = 0
                    return nil
                }
                defer { state.firstJob += 1 }
                state.jobCount += 1
                return state.jobs[state.firstJob]
            }
            guard let job else { return }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    private func fireNext() -> Bool {
        let action = state.withLock { state -> (@Sendable () -> Void)? in
            let next = state.timers.min { ($0.deadline, $0.serial) < ($1.deadline, $1.serial) }
            guard let next else { return nil }
            state.timers.removeAll { $0.serial == next.serial }
            state.now = max(state.now, next.deadline)
            return next.action
        }
        action?()
        return action != nil
    }
}

private final class ResultBox<Success: Sendable>: Sendable {
    private let result = Mutex<Result<Success, any Error>?>(nil)
    var value: Result<Success, any Error>? { result.withLock { $0 } }
    func set(_ value: Result<Success, any Error>) { result.withLock { $0 = value } }
}

/// The clock of a ``Simulation``.
struct SimulatedClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Self { Self(offset: offset + duration) }
        func duration(to other: Self) -> Duration { other.offset - offset }
        static func < (left: Self, right: Self) -> Bool { left.offset < right.offset }
    }

    let simulation: Simulation

    var now: Instant { Instant(offset: simulation.now) }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let woken = Wake()
        let timer = simulation.schedule(at: deadline.offset) { woken.set(true) }
        let isDue = await withTaskCancellationHandler {
            await woken.wait()
        } onCancel: {
            simulation.callOff(timer)
            woken.set(false)
        }
        if !isDue { throw CancellationError() }
    }
}

/// A value set once, waited for without regard to cancellation.
final class Wake: Sendable {
    private struct State {
        var value: Bool?
        var waiters: [CheckedContinuation<Bool, Never>] = []
    }

    private let state = Mutex(State())

    func set(_ value: Bool) {
        let waiters = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
            guard state.value == nil else { return [] }
            state.value = value
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    func wait() async -> Bool {
        await withCheckedContinuation { continuation in
            let value = state.withLock { state -> Bool? in
                if state.value == nil { state.waiters.append(continuation) }
                return state.value
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
