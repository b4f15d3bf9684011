import Addresses
import EnvironmentFile
import OrderedCollections

/// Decides everything that will be done for an environment, from the file and its images alone.
///
/// The same input gives the same plan. What is wrong is reported all at once.
///
/// Left to the engine, which alone sees the image's files: `HOME`, looked up for the process's user, and `HOSTNAME`,
/// both only where the plan's environment does not set them; and the numbers of users and groups.
public struct Planner: Sendable {
    /// How long what is planned will live.
    public enum Lifetime: Hashable, Sendable {
        /// Until the test has ended: volumes are thrown away unless they are external.
        case run
        /// Until it is taken down: named volumes are kept, stops are graceful, no test is run.
        case up
    }

    /// What the command line adds to the file.
    public struct Options: Hashable, Sendable {
        /// How long what is planned will live.
        public var lifetime: Lifetime
        /// Only these services, and those that they or the test depend on; `nil`: all.
        public var services: [String]?
        /// Instead of the file's `test.command`.
        public var testCommand: [String]?
        /// Instead of the file's `test.timeout`.
        public var testTimeout: Duration?
        /// Instead of the file's `name`.
        public var projectName: String?
        /// The caller's environment as `NAME=value`, from which a test on the host inherits.
        public var hostEnvironment: [String]
        /// The caller's directory, where a `testCommand` runs on the host; `nil`: the project's.
        public var hostDirectory: String?
        /// The plan that runs: whoever is in it keeps its addresses, where its network is the same.
        public var running: Plan?
        /// A service whose container takes the test's place, whatever the file's test is.
        public var oneOff: String?
        /// What tells volumes of this environment from those of another of the same name; for `up`.
        public var volumeSuffix: String?
        /// The default network; its first address is the gateway. Other networks follow it.
        public var subnet: IPv4Network

        /// Options; unless told, a run of everything in 10.213.0.0/16.
        public init(
            lifetime: Lifetime = .run, services: [String]? = nil, testCommand: [String]? = nil,
            testTimeout: Duration? = nil, projectName: String? = nil, hostEnvironment: [String] = [],
            hostDirectory: String? = nil,
            subnet: IPv4Network = IPv4Network(containing: IPv4Address(10, 213, 0, 0), prefixLength: 16)
        ) {
            self.lifetime = lifetime
            self.services = services
            self.testCommand = testCommand
            self.testTimeout = testTimeout
            self.projectName = projectName
            self.hostEnvironment = hostEnvironment
            self.hostDirectory = hostDirectory
            self.subnet = subnet
        }
    }

    /// The images that a plan is made with.
    public struct Images: Hashable, Sendable {
        /// By the service's name.
        public var services: [String: PreparedImage]
        /// Of a test in a container of its own.
        public var test: PreparedImage?

        /// Images by the services' names.
        public init(services: [String: PreparedImage], test: PreparedImage? = nil) {
            self.services = services
            self.test = test
        }
    }

    let environment: Environment
    let options: Options
    /// The chosen services, in the order of the file.
    let services: [Service]
    let graph: Graph

    /// Checks what needs no image: the choice of services, their dependencies and the images' names.
    public init(_ written: Environment, options: Options = Options()) throws(PlanErrors) {
        let environment = try written.expandingReplicas()
        var options = options
        options.services = options.services?.flatMap { written.replicaNames(of: $0) }
        self.environment = environment
        self.options = options
        let chosen = try Self.chosen(of: environment, options: options)
        services = environment.services.values.filter { chosen.contains($0.name) }
        graph = try Graph(environment, services: chosen)
        var findings = Findings()
        for service in services where service.image == nil && service.build == nil {
            findings.add(.noImage(service: service.name), at: service.position)
        }
        if options.lifetime == .run && options.oneOff == nil && Self.lacksTestCommand(environment.test, options) {
            findings.add(.noTestCommand, at: environment.test?.position)
        }
        try findings.check()
    }

    /// Only an image has a command of its own.
    private static func lacksTestCommand(_ test: Test?, _ options: Options) -> Bool {
        if case .image? = test?.place { return false }
        return (options.testCommand ?? test?.command ?? []).isEmpty
    }

    private static func chosen(of environment: Environment, options: Options) throws(PlanErrors) -> Set<String> {
        var roots = options.services ?? Array(environment.services.keys)
        var errors = roots.filter { environment.services[$0] == nil }.map { PlanError(.undefinedService($0), at: nil) }
        let takesTest = options.lifetime == .run && options.oneOff == nil
        if takesTest, let test = environment.test, case .service(let name) = test.place {
            roots.append(name)
            if environment.services[name] == nil {
                errors.append(PlanError(.undefinedService(name), at: test.position))
            }
        }
        if takesTest {
            for dependency in environment.test?.dependsOn ?? [] {
                roots.append(dependency.service)
                if environment.services[dependency.service] == nil, dependency.isRequired {
                    errors.append(PlanError(.undefinedService(dependency.service), at: dependency.position))
                }
            }
        }
        if !errors.isEmpty { throw PlanErrors(errors) }
        return Graph.closure(of: roots, in: environment)
    }

    /// Which image each service wants, in the order of the file.
    public var imageRequests: [(service: Service, request: ImageRequest)] {
        services.compactMap { service in
            // Only what the specification knows gets past the file's check.
            let policy = service.pullPolicy.flatMap { PullPolicy(compose: $0) } ?? .missing
            if let build = service.build {
                let source = ImageRequest.Source.packages(
                    build.packages, distribution: build.distribution, tag: service.image?.value)
                return (service, ImageRequest(source, policy: policy))
            }
            return service.image.map {
                (service, ImageRequest(.reference($0.value), policy: policy, platform: service.platform))
            }
        }
    }

    /// Which image the test wants, if it has a container of its own.
    public var testImageRequest: ImageRequest? {
        guard options.lifetime == .run, options.oneOff == nil, case .image(let reference)? = environment.test?.place
        else { return nil }
        return ImageRequest(.reference(reference))
    }

    /// Plans the environment with these images.
    public func plan(_ images: Images) throws(PlanErrors) -> Plan {
        var findings = Findings()
        let name = options.projectName ?? environment.name
        var networks = NetworkPlanner(
            project: name, environment: environment, services: services, subnet: options.subnet,
            hasTestContainer: images.test != nil)
        networks.running = options.running
        let layout = networks.layout(&findings)
        try findings.check()
        var volumes = VolumePlanner(environment: environment, lifetime: options.lifetime)
        volumes.suffix = options.volumeSuffix
        var containers: [ContainerPlan] = []
        for (number, service) in services.enumerated() {
            guard let image = images.services[service.name] else {
                findings.add(.imageNotPrepared(service: service.name), at: service.position)
                continue
            }
            var planner = ServicePlanner(
                service: service, image: image, environment: environment, lifetime: options.lifetime,
                dependencies: graph.dependencies[number].map(\.dependency))
            planner.images = images.services
            containers.append(
                planner.container(
                    connection: layout.connections[number], volumes: &volumes, findings: &findings))
        }
        // Without an image there is no container, and the rest could not be told who is who.
        if containers.count < services.count { try findings.check() }
        checkReadiness(of: containers, findings: &findings)
        var plan = Plan(
            name: name, networks: layout.networks, hosts: layout.hosts,
            containers: graph.bootOrder.map { containers[$0] }, ports: layout.ports)
        if let name = options.oneOff {
            plan.setOneOff(name)
            plan.test?.timeout = options.testTimeout
        } else if options.lifetime == .run {
            plan.test = TestPlanner(
                planner: self, name: name, containers: containers, image: images.test, layout: layout
            )
            .test(volumes: &volumes, findings: &findings)
        }
        plan.volumes = volumes.plans(&findings)
        try findings.check()
        plan.notices = findings.notices
        return plan
    }

    /// Nobody may wait for the health of a service that has none.
    private func checkReadiness(of containers: [ContainerPlan], findings: inout Findings) {
        let hasReadiness = Dictionary(uniqueKeysWithValues: containers.map { ($0.name, $0.readiness != nil) })
        for container in containers {
            for dependency in container.dependencies
            where dependency.condition == .healthy && hasReadiness[dependency.service] == false {
                findings.add(
                    .noReadiness(service: container.name, dependency: dependency.service), at: dependency.position)
            }
        }
        guard options.lifetime == .run, options.oneOff == nil else { return }
        for dependency in environment.test?.dependsOn ?? []
        where dependency.condition == .healthy && hasReadiness[dependency.service] == false {
            findings.add(.noReadiness(service: "test", dependency: dependency.service), at: dependency.position)
        }
    }
}

extension Plan {
    /// Puts a service's container in the test's place; nobody waits until it is ready.
    fileprivate mutating func setOneOff(_ name: String) {
        guard let index = containers.firstIndex(where: { $0.name == name }) else { return }
        var container = containers.remove(at: index)
        container.readiness = nil
        container.lifecycle.restart = .no
        test = TestPlan(place: .container(container), process: container.process)
        test?.dependencies = container.dependencies
    }
}

/// What the parts of the planner have found wrong so far.
struct Findings {
    private(set) var errors: [PlanError] = []
    private(set) var notices: [PlanNotice] = []

    mutating func add(_ kind: PlanError.Kind, at position: SourcePosition?) {
        errors.append(PlanError(kind, at: position))
    }

    mutating func notice(_ kind: PlanNotice.Kind, at position: SourcePosition) {
        notices.append(PlanNotice(kind, at: position))
    }

    func check() throws(PlanErrors) {
        if !errors.isEmpty { throw PlanErrors(errors) }
    }
}
