import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("A planned process")
struct ProcessPlanTests {
    struct Case: Sendable {
        var entrypoint: [String]?
        var command: [String]?
        var result: [String]
    }

    private static let image: PreparedImage = {
        var image = PreparedImage.sample
        image.entrypoint = ["entry", "-x"]
        image.command = ["serve"]
        image.environment = ["A=image", "B=image", "EMPTY="]
        image.user = "app"
        image.workingDirectory = "/srv"
        return image
    }()

    private func plan(_ image: PreparedImage = Self.image, _ change: (inout Service) -> Void) throws -> ContainerPlan {
        let environment = Environment.sample(.sample("web", change))
        let plan = try Planner(environment).plan(Planner.Images(services: ["web": image]))
        return try #require(plan.containers.first)
    }

    @Test(
        "takes command and entry point as Compose does",
        arguments: [
            Case(result: ["entry", "-x", "serve"]),
            Case(command: ["other"], result: ["entry", "-x", "other"]),
            Case(command: [], result: ["entry", "-x"]),
            Case(entrypoint: ["mine"], result: ["mine"]),
            Case(entrypoint: ["mine"], command: ["arg"], result: ["mine", "arg"]),
            Case(entrypoint: [], command: ["arg"], result: ["arg"]),
        ])
    func arguments(item: Case) throws {
        let container = try plan { service in
            service.entrypoint = item.entrypoint
            service.command = item.command
        }
        #expect(container.process.arguments == item.result)
    }

    @Test("without any command is an error that names service and image")
    func nothing() throws {
        let errors = #expect(throws: PlanErrors.self) { try plan { $0.entrypoint = [] } }
        #expect(errors?.errors.map(\.kind) == [.noCommand(service: "web", image: "sample")])
    }

    @Test("has the image's variables, a path, and the service's variables, which win")
    func environment() throws {
        let container = try plan { $0.environment = ["B": "service", "C": "x=y"] }
        #expect(
            container.process.environment == [
                "A=image", "B=service", "EMPTY=",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "C=x=y",
            ])
    }

    @Test("keeps the image's own path")
    func path() throws {
        var image = Self.image
        image.environment = ["PATH=/bin", "PATH=/sbin", "LONE"]
        #expect(try plan(image) { _ in }.process.environment == ["PATH=/sbin", "LONE="])
    }

    @Test("has the image's user and directory unless the service gives its own")
    func identity() throws {
        let inherited = try plan { _ in }
        #expect(inherited.process.user == "app" && inherited.process.workingDirectory == "/srv")
        let own = try plan { service in
            service.user = "1000:1000"
            service.workingDirectory = "/work"
        }
        #expect(own.process.user == "1000:1000" && own.process.workingDirectory == "/work")
        #expect(try plan(.sample) { _ in }.process.workingDirectory == "/")
    }
}
