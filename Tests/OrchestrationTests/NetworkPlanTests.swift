import Addresses
import EnvironmentFile
import OrderedCollections
import Testing

@testable import Orchestration

@Suite("Planned networks")
struct NetworkPlanTests {
    private func network(_ key: String, _ change: (inout Network) -> Void = { _ in }) -> (String, Network) {
        var network = Network(name: "demo_\(key)", position: line(50))
        change(&network)
        return (key, network)
    }

    private func plan(_ services: [Service], _ networks: [(String, Network)] = []) throws -> Plan {
        var environment = Environment.sample(services)
        for (key, network) in networks { environment.networks[key] = network }
        return try Planner(environment).plan(.samples(for: environment))
    }

    private func service(_ name: String, on networks: String..., change: (inout Service) -> Void = { _ in }) -> Service
    {
        .sample(name) { service in
            for key in networks {
                service.networking.attachments[key] = NetworkAttachment(position: line(7))
            }
            change(&service)
        }
    }

    private func kinds(_ services: [Service], _ networks: [(String, Network)]) -> [PlanError.Kind]? {
        #expect(throws: PlanErrors.self) { try plan(services, networks) }?.errors.map(\.kind)
    }

    @Test("follow each other, apart from subnets that the file gives, and only where somebody is on them")
    func subnets() throws {
        let plan = try plan(
            [service("a", on: "front", "back"), service("b", on: "fixed"), .sample("c")],
            [
                network("front"), network("back"), network("unused"),
                network("fixed") { network in
                    let subnet = IPNetwork("10.214.0.0/15")
                    network.pools = subnet.map { [AddressPool(subnet: $0, position: line(51))] } ?? []
                },
            ])
        #expect(
            plan.networks.map { "\($0.key) \($0.subnet) \($0.gateway)" } == [
                "default 10.213.0.0/16 10.213.0.1", "front 10.216.0.0/16 10.216.0.1",
                "back 10.217.0.0/16 10.217.0.1", "fixed 10.214.0.0/15 10.214.0.1",
            ])
    }

    @Test("of one environment must not overlap")
    func overlap() throws {
        func fixed(_ text: String) -> (inout Network) -> Void {
            { network in network.pools = IPNetwork(text).map { [AddressPool(subnet: $0, position: line(51))] } ?? [] }
        }
        let kinds = kinds(
            [service("a", on: "x", "y")], [network("x", fixed("10.1.0.0/16")), network("y", fixed("10.1.2.0/24"))])
        #expect(kinds == [.subnetsOverlap(network: "y", other: "x")])
    }

    @Test("give fixed addresses first, and others from the range, without gateway and reserved ones")
    func addresses() throws {
        let lan = network("lan") { network in
            guard let subnet = IPNetwork("10.1.0.0/24") else { return }
            var pool = AddressPool(subnet: subnet, position: line(51))
            pool.range = IPNetwork("10.1.0.128/29")
            pool.gateway = IPAddress("10.1.0.129")
            pool.reserved = [IPAddress("10.1.0.130")].compactMap { $0 }
            network.pools = [pool]
        }
        let plan = try plan(
            [
                service("a", on: "lan"), service("b", on: "lan"),
                service("c", on: "lan") { $0.networking.attachments["lan"]?.address = IPv4Address(10, 1, 0, 131) },
            ], [lan])
        #expect(plan.networks[0].gateway == IPv4Address(10, 1, 0, 129))
        #expect(plan.containers.map(\.address.description) == ["10.1.0.132", "10.1.0.133", "10.1.0.131"])
    }

    @Test("refuse an address that two want, or that is the gateway's", arguments: ["10.1.0.9", "10.1.0.1"])
    func taken(address: String) throws {
        let lan = network("lan") { network in
            network.pools = IPNetwork("10.1.0.0/24").map { [AddressPool(subnet: $0, position: line(51))] } ?? []
        }
        let fixed = try #require(IPv4Address(address))
        let services = ["a", "b"].map { name in
            service(name, on: "lan") { $0.networking.attachments["lan"]?.address = fixed }
        }
        let kinds = kinds(services, [lan])
        #expect(kinds?.last == .addressTaken(service: "b", address: .v4(fixed)))
    }

    @Test("have their interfaces by priority, then name, and the default route where it is preferred")
    func interfaces() throws {
        let plan = try plan(
            [
                service("a", on: "b", "c", "a", "i") {
                    $0.networking.attachments["c"]?.priority = 10
                    $0.networking.attachments["i"]?.gatewayPriority = 9
                    $0.networking.attachments["b"]?.gatewayPriority = 1
                    $0.networking.attachments["b"]?.interfaceName = "back0"
                    $0.networking.hardwareAddress = HardwareAddress("02:00:00:00:00:09")
                }
            ], [network("a"), network("b"), network("c"), network("i") { $0.isInternal = true }])
        let attachments = plan.containers[0].networking.attachments
        #expect(attachments.map(\.network) == ["c", "a", "b", "i"])
        #expect(attachments.map(\.interfaceName) == ["eth0", "eth1", "back0", "eth3"])
        #expect(attachments.map(\.isGateway) == [false, false, true, false])
        #expect(attachments.map { $0.hardwareAddress?.description } == ["02:00:00:00:00:09", nil, nil, nil])
    }

    @Test("show a service only to those that share one, by its aliases there")
    func visibility() throws {
        let plan = try plan(
            [
                service("web", on: "front", "back"), service("db", on: "back"),
                service("proxy", on: "front") { $0.networking.attachments["front"]?.aliases = ["www"] },
            ], [network("front"), network("back")])
        func names(_ number: Int) -> [String] { plan.containers[number].hosts.flatMap(\.names) }
        #expect(names(0) == ["web", "demo-web-1", "db", "demo-db-1", "proxy", "demo-proxy-1", "www"])
        #expect(names(1) == ["web", "demo-web-1", "db", "demo-db-1"])
        #expect(names(2) == ["web", "demo-web-1", "proxy", "demo-proxy-1", "www"])
        // web is seen at its address on the shared network.
        #expect(
            plan.containers[1].hosts[0].address == .v4(IPv4Address(10, 214, 0, 2)) || plan.networks[1].key == "back")
        #expect(plan.containers[1].hosts[0].address != plan.containers[2].hosts[0].address)
        #expect(plan.hosts.flatMap(\.names).contains("www"))
    }

    @Test("leave a name that several have to the name server")
    func sharedAlias() throws {
        let services = ["a", "b"].map { name in
            service(name, on: "default") { $0.networking.attachments["default"]?.aliases = ["both"] }
        }
        let plan = try plan(services)
        #expect(!plan.hosts.flatMap(\.names).contains("both"))
        #expect(plan.containers.allSatisfy { $0.networking.attachments[0].names.contains("both") })
    }

    @Test("know modes without a network of the environment")
    func modes() throws {
        let plan = try plan([
            .sample("alone") { $0.networking.mode = Networking.Mode.none },
            .sample("host") { $0.networking.mode = .host },
            .sample("db"),
            .sample("side") {
                $0.networking.mode = .service("db")
                $0.networking.extraHosts = [ExtraHost(name: "up", target: .hostGateway)]
            },
        ])
        #expect(plan.containers.map(\.networking.mode) == [.own, .host, .own, .container("db")])
        #expect(
            plan.containers.map(\.address) == [
                .loopback, .loopback, IPv4Address(10, 213, 0, 2), IPv4Address(10, 213, 0, 2),
            ])
        #expect(plan.containers[0].hosts == [])
        #expect(plan.containers[3].hosts.last == HostEntry(address: NetworkPlan.hostGateway, names: ["up"]))
        #expect(plan.containers[2].hosts.flatMap(\.names).contains("side"))
    }

    @Test("know links by what this service calls the other, and tell where there is no way")
    func links() throws {
        let plan = try plan(
            [
                service("web", on: "front") {
                    $0.networking.links = [
                        ServiceLink(service: "api", alias: "backend", position: line(9)),
                        ServiceLink(service: "db", alias: "db", position: line(10)),
                    ]
                }, service("api", on: "front"), service("db", on: "back"),
            ], [network("front"), network("back")])
        #expect(plan.containers[0].hosts.flatMap(\.names).contains("backend"))
        #expect(!plan.containers[1].hosts.flatMap(\.names).contains("backend"))
        #expect(plan.notices.map(\.kind) == [.linkWithoutNetwork(service: "web", other: "db")])
    }
}
