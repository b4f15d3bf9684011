import EnvironmentFile
import Testing

@testable import Orchestration

@Suite("Many services")
struct ScaleTests {
    private static func run(_ count: Int) throws -> (jobs: Int, calls: Int) {
        let services = (0..<count).map { number in
            Service.sample("s\(number)") { service in
                service.ready = .any(.tcp(80))
                if number > 0 { service.depend(on: "s\(number / 2)", .healthy) }
            }
        }
        let scripts = Dictionary(
            uniqueKeysWithValues: services.map { ($0.name, Script(ports: [80: .milliseconds(4)])) })
        let run = SimulatedRun(.sample(services), scripts)
        #expect(try run.perform().ending == .exited(.exited(0)))
        #expect(run.engine.leftovers.isEmpty)
        return (run.simulation.jobCount, run.engine.calls.count)
    }

    @Test("cost each as much as few do")
    func linear() throws {
        let (few, many) = (try Self.run(20), try Self.run(200))
        #expect(many.calls < few.calls * 10)
        #expect(many.jobs < few.jobs * 10)
        // Tasks and resumptions for a service with one dependency and two probes.
        #expect(many.jobs / 200 <= 12)
    }
}
