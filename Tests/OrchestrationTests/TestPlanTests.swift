import Addresses
import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("The planned test")
struct TestPlanTests {
    private func plan(
        _ environment: Environment, options: Planner.Options = Planner.Options(), ports: [UInt16] = []
    ) throws -> Plan {
        var images = Planner.Images.samples(for: environment)
        for name in images.services.keys { images.services[name]?.exposedPorts = ports }
        let planner = try Planner(environment, options: options)
        if planner.testImageRequest != nil { images.test = .sample }
        return try planner.plan(images)
    }

    @Test("runs on the host with the caller's environment and the variables of the services")
    func host() throws {
        var test = Test(command: ["check"], timeout: .seconds(5), position: line(9))
        test.environment = ["LEVEL": "debug", "HARNESS_DB_HOST": "mine"]
        let environment = Environment.sample(
            .sample("db") {
                $0.ports = [Port(target: 5432, position: line(2)), Port(target: 5433, position: line(2))]
            },
            .sample("my-web.1") { $0.ready = .any(.http(port: 8080, path: "/", status: nil)) }, test: test)
        let plan = try #require(
            try plan(environment, options: Planner.Options(hostEnvironment: ["HOME=/root", "LEVEL=info"]), ports: [80])
                .test)
        #expect(plan.place == .host)
        #expect(plan.timeout == .seconds(5))
        #expect(plan.process.workingDirectory == "/project")
        #expect(
            plan.process.environment == [
                "HOME=/root", "LEVEL=debug", "HARNESS=1", "HARNESS_ENVIRONMENT=demo", "HARNESS_DB_HOST=mine",
                "HARNESS_DB_PORT=5432", "HARNESS_DB_PORT_5432=5432", "HARNESS_DB_PORT_5433=5433",
                "HARNESS_DB_PORT_80=80", "HARNESS_MY_WEB_1_HOST=my-web.1", "HARNESS_MY_WEB_1_PORT=80",
                "HARNESS_MY_WEB_1_PORT_80=80", "HARNESS_MY_WEB_1_PORT_8080=8080",
            ])
    }

    @Test("can be replaced from the command line, which means the caller's directory")
    func override() throws {
        let options = Planner.Options(testCommand: ["other"], testTimeout: .seconds(1), hostDirectory: "/caller")
        let plan = try #require(try plan(.sample(.sample("db")), options: options).test)
        #expect(plan.process.arguments == ["other"])
        #expect(plan.process.workingDirectory == "/caller")
        #expect(plan.timeout == .seconds(1))
        #expect(try self.plan(.sample(.sample("db"), test: nil), options: options).test?.place == .host)
    }

    @Test("must have a command", arguments: [EnvironmentFile.Test.Place.host, .service("db")])
    func noCommand(place: EnvironmentFile.Test.Place) throws {
        let test = Test(command: nil, place: place, position: line(9))
        let errors = #expect(throws: PlanErrors.self) { try plan(.sample(.sample("db"), test: test)) }
        #expect(errors?.errors == [PlanError(.noTestCommand, at: line(9))])
    }

    @Test("is missing without a test section, but only where one is to be run")
    func noTest() throws {
        let environment = Environment.sample(.sample("db"), test: nil)
        let errors = #expect(throws: PlanErrors.self) { try plan(environment) }
        #expect(errors?.errors == [PlanError(.noTestCommand, at: nil)])
        #expect(try plan(environment, options: Planner.Options(lifetime: .up)).test == nil)
    }

    @Test("runs in a service as the service does, also if only others were chosen")
    func service() throws {
        let test = Test(command: ["check"], place: .service("db"), position: line(9))
        let environment = Environment.sample(
            .sample("web"),
            .sample("db") {
                $0.user = "postgres"
                $0.workingDirectory = "/var"
                $0.environment = ["A": "1"]
            }, test: test)
        let plan = try plan(environment, options: Planner.Options(services: ["web"]))
        let process = try #require(plan.test).process
        #expect(process.user == "postgres" && process.workingDirectory == "/var")
        #expect(process.environment.prefix(3) == [ProcessPlanner.path, "A=1", "HARNESS=1"])
    }

    @Test("can't run in a service that is not there")
    func undefinedService() throws {
        let test = Test(command: ["check"], place: .service("nowhere"), position: line(9))
        let errors = #expect(throws: PlanErrors.self) { try plan(.sample(.sample("db"), test: test)) }
        #expect(errors?.errors == [PlanError(.undefinedService("nowhere"), at: line(9))])
    }

    @Test("runs in a container of its own, with an address and a name of its own")
    func container() throws {
        let test = Test(command: nil, place: .image("tools"), position: line(9))
        let plan = try plan(.sample(.sample("db"), test: test))
        guard case .container(let container)? = plan.test?.place else {
            Issue.record("\(String(describing: plan.test))")
            return
        }
        #expect(container.address.description == "10.213.0.3")
        #expect(container.process.arguments == ["serve"])
        #expect(container.hosts.map(\.names) == [["db", "demo-db-1"], ["test"]])
        #expect(container.process.environment.contains("HARNESS_DB_HOST=db"))
        #expect(plan.containers.map(\.name) == ["db"])
    }

    @Test("sees the first of two services whose names give the same variables, and its author is told")
    func collision() throws {
        let plan = try plan(.sample(.sample("a-b"), .sample("a_b", at: line(7))), ports: [1])
        #expect(plan.test?.process.environment.filter { $0.contains("_HOST") } == ["HARNESS_A_B_HOST=a-b"])
        #expect(plan.notices.map(\.position) == [line(7)])
    }
}
