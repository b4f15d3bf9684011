import Addresses
import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("A planned container")
struct ServicePlanTests {
    private func plan(
        _ environment: Environment, options: Planner.Options = Planner.Options(),
        image change: (inout PreparedImage) -> Void = { _ in }
    ) throws -> Plan {
        var image = PreparedImage.sample
        change(&image)
        let names = environment.services.keys.map { ($0, image) }
        return try Planner(environment, options: options)
            .plan(Planner.Images(services: Dictionary(uniqueKeysWithValues: names)))
    }

    @Test("has its address by the order of the file, whatever the order of boot")
    func addresses() throws {
        let plan = try plan(
            .sample(
                .sample("web") {
                    $0.depend(on: "db")
                    $0.hostname = "www"
                }, .sample("db")))
        #expect(plan.containers.map(\.name) == ["db", "web"])
        #expect(plan.containers.map(\.address.description) == ["10.213.0.3", "10.213.0.2"])
        #expect(plan.containers.map(\.hostname) == ["db", "www"])
        #expect(plan.networks.first?.gateway.description == "10.213.0.1")
        let hosts = [
            HostEntry(address: IPv4Address(10, 213, 0, 2), names: ["web", "www", "demo-web-1"]),
            HostEntry(address: IPv4Address(10, 213, 0, 3), names: ["db", "demo-db-1"]),
        ]
        #expect(plan.hosts == hosts)
        #expect(plan.containers.allSatisfy { $0.hosts == hosts })
    }

    @Test("takes no other service's name by its host name")
    func hostnameClash() throws {
        let plan = try plan(.sample(.sample("a") { $0.hostname = "b" }, .sample("b")))
        #expect(plan.hosts.map(\.names) == [["a", "demo-a-1"], ["b", "demo-b-1"]])
        #expect(plan.containers[0].hostname == "b")
    }

    @Test("needs room in the network", arguments: [(5, true), (6, false)])
    func room(count: Int, fits: Bool) throws {
        let services = (0..<count).map { Service.sample("s\($0)") }
        let subnet = IPv4Network(containing: IPv4Address(10, 0, 0, 0), prefixLength: 29)
        let options = Planner.Options(subnet: subnet)
        guard !fits else {
            #expect(try plan(.sample(services), options: options).containers.last?.address == IPv4Address(10, 0, 0, 6))
            return
        }
        let errors = #expect(throws: PlanErrors.self) { try plan(.sample(services), options: options) }
        #expect(errors?.errors.map(\.kind) == [.tooManyServices(count: 6, subnet: subnet, capacity: 5)])
    }

    @Test("a network takes as many containers as a Linux bridge has ports", arguments: [(1023, true), (1024, false)])
    func bridgePorts(count: Int, fits: Bool) throws {
        let services = (0..<count).map { Service.sample("s\($0)") }
        guard !fits else {
            #expect(try plan(.sample(services)).containers.count == count)
            return
        }
        let errors = #expect(throws: PlanErrors.self) { try plan(.sample(services)) }
        #expect(errors?.errors.count == 1)
        let text = errors?.description ?? ""
        #expect(text.contains("1024 containers are on the network"), "\(text)")
    }

    @Test("is stopped gracefully where the file says how, not because the image does")
    func stop() throws {
        let plan = try plan(
            .sample(
                .sample("a"), .sample("b") { $0.stopSignal = "SIGRTMIN+3" },
                .sample("c") { $0.stopGracePeriod = .seconds(1) })
        ) { $0.stopSignal = "SIGQUIT" }
        #expect(
            plan.containers.map(\.stop) == [
                StopPlan(signal: 3), StopPlan(signal: 37, isGraceful: true),
                StopPlan(signal: 3, gracePeriod: .seconds(1), isGraceful: true),
            ])
    }

    @Test("publishes its ports on the loopback address unless told")
    func ports() throws {
        let plan = try plan(
            .sample(
                .sample("a") {
                    $0.ports = [
                        Port(target: 80, position: line(1)),
                        Port(
                            target: 81, published: 8000, publishedLast: 8002, hostAddress: "0.0.0.0", position: line(2)),
                        Port(target: 53, published: 65535, transport: .udp, position: line(3)),
                    ]
                }))
        #expect(plan.ports.map(\.hostPorts) == [[], [8000, 8001, 8002], [65535]])
        #expect(plan.ports.map(\.hostAddress) == ["127.0.0.1", "0.0.0.0", "127.0.0.1"])
        #expect(plan.ports.map(\.transport) == [.tcp, .tcp, .udp])
    }

    @Test(
        "understands the security options that it can honour, and no others",
        arguments: [
            ("no-new-privileges", true), ("no-new-privileges:true", true), ("no-new-privileges=true", true),
            ("no-new-privileges:false", true), ("seccomp=unconfined", true), ("seccomp:unconfined", true),
            ("apparmor=unconfined", true), ("label:disable", true), ("seccomp=/etc/profile.json", false),
            ("apparmor=docker-default", false), ("no-new-privileges:maybe", false), ("", false),
        ])
    func securityOptions(option: String, isKnown: Bool) throws {
        let environment = Environment.sample(.sample("a", at: line(4)) { $0.securityOptions = [option] })
        guard isKnown else {
            let errors = #expect(throws: PlanErrors.self) { try plan(environment) }
            #expect(errors?.errors.map(\.kind) == [.unsupportedSecurityOption(service: "a", option: option)])
            return
        }
        let container = try #require(try plan(environment).containers.first)
        #expect(container.noNewPrivileges == (option.hasPrefix("no-new") && !option.hasSuffix("false")))
        #expect(container.isSeccompUnconfined == option.hasPrefix("seccomp"))
    }

    @Test("tells of every value that can't be, sorted by position")
    func errors() throws {
        let environment = Environment.sample(
            .sample("z", at: line(40)) { $0.stopSignal = "SIGNOPE" },
            .sample("y", at: line(30)) { $0.capAdd = ["FLY"] },
            .sample("x", at: line(20)) {
                $0.ulimits = ["nofile": Ulimit(soft: 10, hard: 5), "core": Ulimit(soft: 0, hard: -1)]
            },
            .sample("w", at: line(10)) { $0.hostname = String(repeating: "h", count: 65) },
            .sample("v", at: line(5)) { $0.ready = .any(.log("(")) })
        let errors = try #require(#expect(throws: PlanErrors.self) { try plan(environment) }).errors
        #expect(errors.map(\.position?.line) == [9, 10, 20, 30, 40])
        #expect(
            errors.dropFirst().map(\.kind) == [
                .invalidHostname(service: "w", hostname: String(repeating: "h", count: 65)),
                .invalidLimit(service: "x", limit: "nofile: {soft: 10, hard: 5}"),
                .invalidCapability(service: "y", capability: "FLY"), .invalidSignal(service: "z", signal: "SIGNOPE"),
            ])
    }

    @Test("is planned only if it is wanted, with those that it depends on")
    func selection() throws {
        let environment = Environment.sample(
            .sample("a"), .sample("b") { $0.depend(on: "a") }, .sample("c") { $0.depend(on: "nowhere") })
        let plan = try plan(environment, options: Planner.Options(services: ["b"]))
        #expect(plan.containers.map(\.name) == ["a", "b"])
        let errors = #expect(throws: PlanErrors.self) {
            try Planner(environment, options: Planner.Options(services: ["d"]))
        }
        #expect(errors?.description == "error: there is no service 'd'")
    }

    @Test("needs an image or packages")
    func noImage() throws {
        var service = Service(name: "a", position: line(3))
        let errors = #expect(throws: PlanErrors.self) { try Planner(.sample(service)) }
        #expect(errors?.errors.map(\.kind) == [.noImage(service: "a")])
        service.build = Build(packages: ["p"], distribution: "debian:bookworm", position: line(4))
        service.image = Located("name", at: line(5))
        let requests = try Planner(.sample(service)).imageRequests.map(\.request.source)
        #expect(requests == [.packages(["p"], distribution: "debian:bookworm", tag: "name")])
    }

    @Test("is the same for the same input")
    func deterministic() throws {
        let environment = Environment.sample(
            (0..<40).map { number in
                .sample("s\(number)") { service in
                    service.environment = ["A": "1", "B": "2"]
                    service.mounts = [Mount(source: .anonymous, target: "/d", position: line(2))]
                    if number > 3 { service.depend(on: "s\(number % 3)") }
                }
            })
        let plans = try (0..<5).map { _ in try plan(environment) }
        #expect(plans.allSatisfy { $0 == plans[0] && $0.description == plans[0].description })
    }
}
