import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("What a planned container shares")
struct IsolationPlanTests {
    private func plan(_ services: Service...) throws -> Plan {
        let environment = Environment.sample(services)
        let planner = try Planner(environment)
        let images = planner.imageRequests.map { ($0.service.name, PreparedImage.sample) }
        return try planner.plan(Planner.Images(services: Dictionary(images) { first, _ in first }))
    }

    @Test(
        "a kernel parameter that is the machine's is refused",
        arguments: ["kernel.panic", "vm.swappiness", "net", "net..x", "net/../kernel/panic", "user.max_net_namespaces"])
    func machineParameter(name: String) throws {
        let service = Service.sample("web") { $0.isolation.sysctls[name] = Located("1", at: line(4, 5)) }
        let error = #expect(throws: PlanErrors.self) { try plan(service) }
        #expect(
            error?.errors == [PlanError(.kernelParameter(service: "web", name: name, value: "1"), at: line(4, 5))])
    }

    @Test("one that a namespace has is taken", arguments: ["net.core.somaxconn", "kernel.shmmax", "fs.mqueue.msg_max"])
    func ownParameter(name: String) throws {
        let service = Service.sample("web") { $0.isolation.sysctls[name] = Located("1", at: line(4, 5)) }
        #expect(try plan(service).containers.first?.isolation.sysctls == [name: "1"])
    }

    @Test("a service of several containers is taken apart, and whoever depends on it depends on all")
    func replicas() throws {
        let web = Service.sample("web") { $0.lifecycle.replicas = 2 }
        let user = Service.sample("user") { service in
            service.dependsOn = [Dependency(service: "web", position: line(7))]
            service.isolation.processes = .service("web")
        }
        let plan = try plan(web, user)
        #expect(plan.containers.map(\.name) == ["web-1", "web-2", "user"])
        #expect(plan.containers.last?.dependencies.map(\.service) == ["web-1", "web-2"])
        #expect(plan.containers.last?.isolation.processes == .service("web-1"))
        #expect(plan.hosts.filter { $0.names.contains("web") }.count == 2)
    }

    @Test("a replica can't have another service's name")
    func takenName() throws {
        let web = Service.sample("web") { $0.lifecycle.replicas = 2 }
        let error = #expect(throws: PlanErrors.self) { try plan(web, .sample("web-2", at: line(9))) }
        #expect(error?.errors.map(\.kind) == [.replicaNameTaken(service: "web", name: "web-2")])
    }
}

@Suite("The schedule of restarts")
struct RestartScheduleTests {
    @Test("pauses double up to a minute, and begin anew after a long life")
    func pauses() {
        var schedule = RestartSchedule(RestartPolicy(.always))
        var delays: [Duration?] = []
        for _ in 0..<12 { delays.append(schedule.delay(after: .exited(0), lifetime: .zero)) }
        #expect(delays.prefix(4) == [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(800)])
        #expect(delays.last == .seconds(60))
        #expect(schedule.delay(after: .exited(0), lifetime: .seconds(10)) == .milliseconds(100))
    }

    @Test("attempts are bounded, and counted anew after the window")
    func attempts() {
        let policy = RestartPolicy(.onFailure, maximumAttempts: 2, delay: .seconds(1), window: .seconds(5))
        var schedule = RestartSchedule(policy)
        #expect(schedule.delay(after: .exited(0), lifetime: .zero) == nil)
        for _ in 0..<2 { #expect(schedule.delay(after: .exited(1), lifetime: .zero) == .seconds(1)) }
        #expect(schedule.delay(after: .exited(1), lifetime: .zero) == nil)
        #expect(schedule.delay(after: .signalled(9, oomKilled: true), lifetime: .seconds(5)) == .seconds(1))
    }
}
