import EnvironmentFile
import Testing

@testable import Orchestration

@Suite("On the global pool")
struct ConcurrencyTests {
    @Test("many services boot and stop at once", arguments: 1...8)
    func manyThreads(round: Int) async throws {
        let services = (0..<200).map { number in
            Service.sample("s\(number)") { service in
                service.ready = .any(.tcp(80), .log("up"))
                service.stopGracePeriod = .seconds(5)
                if number > 0 { service.depend(on: "s\(number / 3)", .healthy) }
            }
        }
        var scripts = Dictionary(
            uniqueKeysWithValues: services.map { ($0.name, Script(output: [(.zero, "up")], ports: [80: .zero])) })
        scripts["host"] = Script(exit: (.zero, .exited(0)))
        let simulation = Simulation()
        let engine = FakeEngine(simulation, scripts: scripts)
        let run = Run(
            environment: .sample(services), engine: engine, clock: SimulatedClock(simulation: simulation))
        #expect(try await run.perform().ending == .exited(.exited(0)))
        #expect(engine.leftovers.isEmpty)
        #expect(engine.texts.filter { $0.hasPrefix("signal") }.count == 200)
    }
}

@Suite("A latch")
struct LatchTests {
    @Test("keeps its first value")
    func firstWins() async throws {
        let latch = Latch<Int>()
        #expect(latch.set(1))
        #expect(!latch.set(2))
        #expect(try await latch.wait() == 1)
    }

    @Test("lets every waiter go on, except the cancelled one, which throws")
    func cancellation() throws {
        let simulation = Simulation()
        let latch = Latch<Int>()
        let results = try simulation.run {
            await withTaskGroup(of: Int?.self) { group in
                for number in 0..<3 {
                    group.addTask {
                        await withTaskGroup(of: Int?.self) { inner in
                            inner.addTask { do { return try await latch.wait() } catch { return nil } }
                            if number == 1 { inner.cancelAll() }
                            return await inner.next() ?? nil
                        }
                    }
                }
                simulation.schedule(at: .seconds(1)) { latch.set(7) }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(results.filter { $0 == 7 }.count == 2)
        #expect(results.filter { $0 == nil }.count == 1)
    }
}
