import Addresses
import Synchronization

@testable import Orchestration

final class FakeSandbox: Sandbox {
    let engine: FakeEngine
    let plan: Plan
    private let processes = Mutex<[FakeContainer]>([])

    init(engine: FakeEngine, plan: Plan) {
        self.engine = engine
        self.plan = plan
    }

    private func make(_ name: String) -> FakeContainer {
        let container = FakeContainer(engine: engine, name: name, script: engine.scripts[name] ?? Script())
        processes.withLock { $0.append(container) }
        return container
    }

    func start(
        _ container: ContainerPlan, output: @escaping @Sendable (LogLine) -> Void
    ) async throws -> any RunningContainer {
        engine.record("start \(container.name)")
        let script = engine.scripts[container.name] ?? Script()
        try await engine.sleep(script.startTakes)
        try Task.checkCancellation()
        if let error = script.startError { throw error }
        let running = make(container.name)
        running.begin(output: output)
        return running
    }

    func start(_ container: ContainerPlan, streams: [Int32]) async throws -> any RunningContainer {
        try await start(container) { _ in }
    }

    func publish(_ port: PortPlan) async throws -> any PublishedPort {
        engine.record("publish \(port.service) \(port.containerPort)")
        try Task.checkCancellation()
        if let error = engine.scripts["port \(port.containerPort)"]?.startError { throw error }
        return FakePort(engine: engine, plan: port)
    }

    func update(to plan: Plan) async throws {
        engine.record("update \(plan.containers.map(\.name).joined(separator: " "))")
    }

    func moveNames(_ moves: [NameMove], except containers: [String]) async throws {
        engine.record("move \(moves.map { "\($0.from) to \($0.to)" }.joined(separator: " "))")
    }

    func remove(_ container: ContainerPlan, withVolumes: Bool) async throws {
        engine.record("remove \(container.name)" + (withVolumes ? " with volumes" : ""))
    }

    func connect(to container: ContainerPlan, port: UInt16, timeout: Duration) async throws -> any ByteStream {
        let name = container.name
        engine.record("connect \(name) \(port)")
        try Task.checkCancellation()
        guard let container = processes.withLock({ $0.last { $0.name == name } }), container.hasOpened(port: port)
        else { throw EngineError(.systemCall(name: "connect", subject: "\(name):\(port)", errno: 111)) }
        return FakeStream(answers: container.script.answers)
    }

    func runOnHost(_ process: ProcessPlan) async throws -> any RunningProcess {
        engine.record("host \(process.arguments.joined(separator: " "))")
        try Task.checkCancellation()
        if let error = engine.scripts["host"]?.startError { throw error }
        let running = make("host")
        running.begin { _ in }
        return running
    }

    func close() async -> [TeardownFailure] {
        engine.record("close")
        for process in processes.withLock({ $0.reversed() }) { process.end(.signalled(9, oomKilled: false)) }
        engine.closed()
        return engine.scripts["close"]?.startError.map { [TeardownFailure(step: "close", cause: $0)] } ?? []
    }
}

struct FakePort: PublishedPort {
    let engine: FakeEngine
    let plan: PortPlan

    var hostPort: UInt16 { plan.hostPorts.first ?? 40000 }
    func retarget(to address: IPv4Address) { engine.record("retarget \(plan.service) \(address)") }
    func settle(_ address: IPv4Address, timeout: Duration) async throws {
        engine.record("settle \(plan.service) \(address)")
    }
    func close() { engine.record("unpublish \(plan.service) \(plan.containerPort)") }
}

final class FakeContainer: RunningContainer {
    let engine: FakeEngine
    let name: String
    let script: Script
    private let started: Duration
    private let exit = Latch<ExitStatus>()
    private let over = Wake()
    private let timers = Mutex<[Int]>([])

    init(engine: FakeEngine, name: String, script: Script) {
        self.engine = engine
        self.name = name
        self.script = script
        started = engine.simulation.now
    }

    private var age: Duration { engine.simulation.now - started }

    func begin(output: @escaping @Sendable (LogLine) -> Void) {
        engine.began(name)
        for line in script.output {
            at(line.after) { output(LogLine(stream: .standardOutput, text: line.text)) }
        }
        if let (after, status) = script.exit { at(after) { self.end(status) } }
    }

    private func at(_ time: Duration, _ action: @escaping @Sendable () -> Void) {
        if time == .zero { return action() }
        let timer = engine.simulation.schedule(at: started + time, action)
        timers.withLock { $0.append(timer) }
    }

    func end(_ status: ExitStatus) {
        guard exit.set(status) else { return }
        for timer in timers.withLock({ $0 }) { engine.simulation.callOff(timer) }
        engine.ended(name)
        over.set(true)
    }

    func hasOpened(port: UInt16) -> Bool { script.ports[port].map { $0 <= age } ?? false && exit.value == nil }

    func tap(_ body: @escaping @Sendable (LogLine.Stream, [UInt8]) -> Void) -> @Sendable () -> Void { {} }
    func sendInput(over socket: Int32) throws -> Bool { false }
    func sendRoot(over socket: Int32) async throws {}

    func wait() async -> ExitStatus {
        _ = await over.wait()
        return exit.value ?? .exited(-1)
    }

    func send(signal: Int32) async throws {
        engine.record("signal \(name) \(signal)")
        if let error = script.sendError { throw error }
        if signal == 9 { return end(.signalled(9, oomKilled: false)) }
        guard let takes = script.stopTakes else { return }
        at(age + takes) { self.end(.exited(0)) }
    }

    func notices(signal: Int32) async throws -> Bool { script.notices }

    func setPaused(_ isPaused: Bool) async throws { engine.record("\(isPaused ? "pause" : "unpause") \(name)") }

    func run(_ process: ProcessPlan, streams: [Int32], hasTerminal: Bool) async throws -> any RunningProcess {
        engine.record("exec \(name) \(process.arguments.joined(separator: " "))")
        try Task.checkCancellation()
        let running = FakeContainer(engine: engine, name: "exec", script: engine.scripts["exec"] ?? Script())
        running.begin { _ in }
        return running
    }

    func probe(_ process: ProcessPlan, timeout: Duration) async throws -> (status: ExitStatus?, output: String) {
        engine.record("probe \(name)")
        let (status, output) = script.probe(age)
        try await engine.sleep(status == nil ? timeout : script.probeTakes)
        try Task.checkCancellation()
        return (status, output)
    }

    func pathExists(_ path: String) async throws -> Bool {
        engine.record("path \(name) \(path)")
        return script.files[path].map { $0 <= age } ?? false
    }

    func kill() async throws {
        engine.record("kill \(name)")
        end(.signalled(9, oomKilled: false))
    }
}

final class FakeStream: ByteStream {
    private let answers: Mutex<[[UInt8]]>

    init(answers: [[UInt8]]) { self.answers = Mutex(answers) }

    func read(timeout: Duration) async throws -> [UInt8] {
        answers.withLock { $0.isEmpty ? [] : $0.removeFirst() }
    }

    func write(_ bytes: [UInt8], timeout: Duration) async throws {}
    func close() {}
}
