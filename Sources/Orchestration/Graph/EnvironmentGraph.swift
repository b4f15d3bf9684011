import EnvironmentFile
import OrderedCollections

/// What an environment consists of and who waits for whom, as a value to draw; encoded, its keys are part of the command
/// line's contract (`harness graph --format json`).
///
/// `name`; `levels` (names of services: those of one level may boot at the same time); `services` in boot order;
/// `dependencies` (`from` waits for `to`, with the `condition` as the Compose Specification names it); `networks` and
/// `volumes` with the services that use them; `test`.
public struct EnvironmentGraph: Encodable, Sendable {
    /// A service.
    public struct Service: Encodable, Sendable {
        var name: String
        /// 0: waits for nobody.
        var level: Int
        /// The image's reference, or the packages that it is made of.
        var image: String?
        /// What makes it ready beyond having started, each in words.
        var ready: [String]
        /// `[ADDRESS:][PORT:]PORT[/udp]`, as the file gives them.
        var ports: [String]
        var networks: [String]
        var mounts: [Mount]
    }

    /// Something that a service mounts.
    public struct Mount: Encodable, Sendable {
        /// `volume`, `anonymous`, `bind`, `tmpfs`.
        var kind: String
        /// A volume's key, or a path of the host, relative to the project directory where it is below.
        var source: String?
        var target: String
        var readOnly: Bool
    }

    /// An entry of `depends_on`.
    public struct Edge: Encodable, Sendable {
        var from: String
        var to: String
        var condition: String
        var required: Bool
        var file: String
        var line: Int
        var column: Int
    }

    /// A network.
    public struct Network: Encodable, Sendable {
        var name: String
        var services: [String]
    }

    /// A volume of the top level.
    public struct Volume: Encodable, Sendable {
        var key: String
        /// Its name in the store.
        var name: String
        var external: Bool
        var services: [String]
    }

    /// What `harness run` runs once the environment is up.
    public struct Test: Encodable, Sendable {
        /// `host`, `service NAME` or `image NAME`.
        var place: String
        var command: [String]?
        /// What it waits for: every service that says when it is ready, and its own `depends_on`.
        var waitsFor: [Wait]
    }

    /// A service and what has to be true of it.
    public struct Wait: Encodable, Sendable, Hashable {
        var service: String
        var condition: String
        var required: Bool
    }

    /// The environment's name.
    public let name: String
    let levels: [[String]]
    let services: [Service]
    let dependencies: [Edge]
    let networks: [Network]
    let volumes: [Volume]
    let test: Test?

    /// Describes an environment.
    ///
    /// - Throws: ``PlanErrors`` where a dependency does not exist, or services wait for each other.
    public init(_ environment: Environment) throws(PlanErrors) {
        let graph = try Graph(environment)
        name = environment.name
        levels = graph.levels.map { $0.map { graph.names[$0] } }
        var services: [Service] = []
        var edges: [Edge] = []
        for (level, numbers) in graph.levels.enumerated() {
            for number in numbers {
                guard let service = environment.services[graph.names[number]] else { continue }
                services.append(Service(service, level: level, directory: environment.directory))
                edges += graph.dependencies[number].map { Edge(service.name, $0.dependency) }
            }
        }
        (self.services, dependencies) = (services, edges)
        networks = Self.networks(of: services)
        volumes = environment.volumes.map { key, volume in
            let users = services.filter { $0.mounts.contains { $0.kind == "volume" && $0.source == key } }
            return Volume(key: key, name: volume.name, external: volume.isExternal, services: users.map(\.name))
        }
        test = environment.test.map { Test($0, environment) }
    }

    private static func networks(of services: [Service]) -> [Network] {
        var result: OrderedDictionary<String, [String]> = [:]
        for service in services {
            for network in service.networks { result[network, default: []].append(service.name) }
        }
        return result.map { Network(name: $0, services: $1) }
    }

    /// What a service waits for.
    func waits(of service: String) -> [Wait] {
        dependencies.filter { $0.from == service }
            .map { Wait(service: $0.to, condition: $0.condition, required: $0.required) }
    }
}
