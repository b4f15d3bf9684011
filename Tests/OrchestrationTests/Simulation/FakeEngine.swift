import Addresses
import Synchronization

@testable import Orchestration

/// What a fake container does; times are counted from its start.
struct Script: Sendable {
    var startTakes: Duration = .zero
    var startError: EngineError?
    /// `nil`: runs until it is ended.
    var exit: (after: Duration, status: ExitStatus)?
    var output: [(after: Duration, text: String)] = []
    /// When each port begins to take connections.
    var ports: [UInt16: Duration] = [:]
    /// What an HTTP server sends, in the pieces in which it does.
    var answers: [[UInt8]] = []
    var files: [String: Duration] = [:]
    /// What a probe's program says at a time; `nil` status: it takes as long as it may.
    var probe: @Sendable (Duration) -> (status: ExitStatus?, output: String) = { _ in (.exited(0), "") }
    var probeTakes: Duration = .zero
    /// How long it goes on after its stop signal; `nil`: for ever.
    var stopTakes: Duration? = .zero
    var sendError: EngineError?
    /// Its stop signal has an effect.
    var notices = true
}

/// An engine that does what a script says, in simulated time, and writes down what was asked of it.
final class FakeEngine: Engine {
    struct Call: Hashable, Sendable {
        var time: Duration
        var text: String
    }

    private struct State {
        var calls: [Call] = []
        var running: [String] = []
        var isOpen = false
        var hooks: [Int: @Sendable () -> Void] = [:]
    }

    let simulation: Simulation
    let scripts: [String: Script]
    let image: @Sendable (ImageRequest) throws -> PreparedImage
    var imageTakes: Duration { .zero }
    private let state = Mutex(State())

    init(
        _ simulation: Simulation, scripts: [String: Script] = [:],
        image: @escaping @Sendable (ImageRequest) throws -> PreparedImage = { _ in .sample }
    ) {
        self.simulation = simulation
        self.scripts = scripts
        self.image = image
    }

    var calls: [Call] { state.withLock { $0.calls } }
    var texts: [String] { calls.map(\.text) }
    /// What was started and has not ended.
    var leftovers: [String] { state.withLock { $0.running + ($0.isOpen ? ["sandbox"] : []) } }

    func times(of text: String) -> [Duration] { calls.filter { $0.text == text }.map(\.time) }

    /// Runs `action` when the call of that number (from 1) is made.
    func onCall(_ number: Int, _ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.hooks[number] = action }
    }

    func record(_ text: String) {
        let now = simulation.now
        let hook = state.withLock { state in
            state.calls.append(Call(time: now, text: text))
            return state.hooks[state.calls.count]
        }
        hook?()
    }

    func began(_ name: String) { state.withLock { $0.running.append(name) } }
    func ended(_ name: String) {
        state.withLock { state in
            if let place = state.running.firstIndex(of: name) { state.running.remove(at: place) }
        }
    }

    func sleep(_ duration: Duration) async throws {
        if duration > .zero { try await SimulatedClock(simulation: simulation).sleep(for: duration) }
    }

    func prepareImage(
        _ request: ImageRequest, progress: @escaping @Sendable (ImageProgress) -> Void
    ) async throws -> PreparedImage {
        record("image \(request.name)")
        try await sleep(imageTakes)
        try Task.checkCancellation()
        return try image(request)
    }

    func openSandbox(for plan: Plan) async throws -> any Sandbox {
        record("open")
        try Task.checkCancellation()
        state.withLock { $0.isOpen = true }
        return FakeSandbox(engine: self, plan: plan)
    }

    func closed() { state.withLock { $0.isOpen = false } }
}

extension ImageRequest {
    var name: String {
        switch source {
        case .reference(let name): name
        case .packages(let packages, _, _): packages.joined(separator: "+")
        }
    }
}

extension PreparedImage {
    /// An image whose command is `serve`.
    static var sample: Self {
        var image = Self(digest: "sha256:" + String(repeating: "0", count: 64), reference: "sample")
        image.command = ["serve"]
        return image
    }
}
