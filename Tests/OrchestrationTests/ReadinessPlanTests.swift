import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("Planned readiness")
struct ReadinessPlanTests {
    struct Case: Sendable {
        var service: Healthcheck.Probe?
        var image: [String]?
        var arguments: [String]?
    }

    private func plan(_ check: Healthcheck?, image: PreparedImage.Healthcheck?) throws -> Plan {
        let environment = Environment.sample(.sample("db") { $0.healthcheck = check })
        var prepared = PreparedImage.sample
        prepared.healthcheck = image
        return try Planner(environment).plan(Planner.Images(services: ["db": prepared]))
    }

    @Test(
        "takes the service's health check, else the image's",
        arguments: [
            Case(),
            Case(image: ["CMD", "ok", "-q"], arguments: ["ok", "-q"]),
            Case(image: ["CMD-SHELL", "ok || no"], arguments: ["/bin/sh", "-c", "ok || no"]),
            Case(image: ["NONE"]),
            Case(image: []),
            Case(service: .command(["mine"]), image: ["CMD", "ok"], arguments: ["mine"]),
            Case(service: .shell("mine"), arguments: ["/bin/sh", "-c", "mine"]),
            Case(service: .image, image: ["CMD", "ok"], arguments: ["ok"]),
            Case(service: .disabled, image: ["CMD", "ok"]),
        ])
    func source(item: Case) throws {
        let plan = try plan(
            item.service.map { Healthcheck(probe: $0, position: line(3)) },
            image: item.image.map { PreparedImage.Healthcheck(test: $0) })
        #expect(plan.containers[0].readiness?.healthcheck?.arguments == item.arguments)
        #expect(plan.notices.isEmpty)
    }

    @Test("fills in what an image leaves open as Docker does")
    func imageTiming() throws {
        let bare = try plan(nil, image: PreparedImage.Healthcheck(test: ["CMD", "ok"]))
        #expect(bare.containers[0].readiness?.healthcheck == HealthcheckPlan(arguments: ["ok"]))
        let own = PreparedImage.Healthcheck(
            test: ["CMD", "ok"], interval: .seconds(1), timeout: .seconds(2), startPeriod: .seconds(3), retries: 4)
        #expect(
            try plan(nil, image: own).containers[0].readiness?.healthcheck
                == HealthcheckPlan(
                    arguments: ["ok"], interval: .seconds(1), timeout: .seconds(2), retries: 4, startPeriod: .seconds(3)
                ))
    }

    @Test("tells that a check without a test checks nothing")
    func noTest() throws {
        let plan = try plan(Healthcheck(probe: .image, position: line(3)), image: nil)
        #expect(plan.containers[0].readiness == nil)
        #expect(
            plan.notices.map(\.description) == [
                "environment.yaml:3:1: warning: the health check of 'db' has no test, and neither has its image "
                    + "'sample': nothing is checked"
            ])
    }

    @Test("must be there where somebody waits for it")
    func missing() throws {
        let environment = Environment.sample(
            .sample("db"), .sample("web") { $0.depend(on: "db", .healthy, at: line(8, 7)) })
        let errors = #expect(throws: PlanErrors.self) { try Planner(environment).plan(.samples(for: environment)) }
        #expect(
            errors?.description
                == "environment.yaml:8:7: error: service 'web' waits for 'db' to be healthy, which has neither "
                + "'healthcheck' nor 'ready'; give 'db' a 'healthcheck' or 'ready', or wait for 'service_started'")
    }
}
