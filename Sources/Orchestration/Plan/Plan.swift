import Addresses
import EnvironmentFile

/// Everything that will be done for one environment, decided before anything boots.
///
/// The same file and the same images give the same plan; the executor takes no decisions.
public struct Plan: Hashable, Sendable {
    /// The project's name.
    public var name: String
    /// The environment's networks, which the sandbox is opened with; the first has the lowest address unless told.
    public var networks: [NetworkPlan]
    /// The lines of /etc/hosts beyond the loopback's of a test on the host, which is on every network.
    public var hosts: [HostEntry]
    /// In the order of their names.
    public var volumes: [VolumePlan]
    /// In boot order: each after those it depends on, ties by the order of the file.
    public var containers: [ContainerPlan]
    /// What is published on the host, in the order of the file.
    public var ports: [PortPlan]
    /// What is run once everything is ready; `nil`: nothing, the environment is only up.
    public var test: TestPlan?
    /// What a person should know and that keeps nothing from running.
    public var notices: [PlanNotice]

    /// A plan of these parts.
    public init(
        name: String, networks: [NetworkPlan], hosts: [HostEntry] = [], volumes: [VolumePlan] = [],
        containers: [ContainerPlan] = [],
        ports: [PortPlan] = [], test: TestPlan? = nil, notices: [PlanNotice] = []
    ) {
        self.name = name
        self.networks = networks
        self.hosts = hosts
        self.volumes = volumes
        self.containers = containers
        self.ports = ports
        self.test = test
        self.notices = notices
    }
}

/// A volume that containers share.
public struct VolumePlan: Hashable, Sendable {
    /// How long a volume is kept.
    public enum Lifetime: Hashable, Sendable {
        /// Gone with the sandbox.
        case ephemeral
        /// In the store, made at need, kept.
        case persistent
        /// In the store, and must exist already.
        case external
    }

    /// Unique in the plan; of a persistent or external volume, its name in the store.
    public var name: String
    /// How long it is kept.
    public var lifetime: Lifetime

    /// A volume of that name.
    public init(name: String, lifetime: Lifetime) {
        self.name = name
        self.lifetime = lifetime
    }
}

/// A port of the host and where it leads.
public struct PortPlan: Hashable, Sendable {
    /// The service that the port belongs to.
    public var service: String
    /// The host's address to listen on.
    public var hostAddress: String
    /// The ports to try in order; empty: any free one.
    public var hostPorts: [UInt16]
    /// The container's address.
    public var address: IPv4Address
    /// The port in the container.
    public var containerPort: UInt16
    /// The protocol above IP.
    public var transport: Port.Transport
    /// The entry of `ports`.
    public var position: SourcePosition

    /// A port of a service.
    public init(
        service: String, hostAddress: String, hostPorts: [UInt16], address: IPv4Address, containerPort: UInt16,
        transport: Port.Transport, position: SourcePosition
    ) {
        self.service = service
        self.hostAddress = hostAddress
        self.hostPorts = hostPorts
        self.address = address
        self.containerPort = containerPort
        self.transport = transport
        self.position = position
    }
}

/// The test and where it runs.
public struct TestPlan: Hashable, Sendable {
    /// Where the test's process is.
    public enum Place: Hashable, Sendable {
        case host
        /// In that service's container.
        case service(String)
        /// In this container, booted when everything is ready.
        case container(ContainerPlan)
    }

    /// Where the test runs.
    public var place: Place
    /// Of `container`, the same as the container's own.
    public var process: ProcessPlan
    /// After which the test is killed; `nil`: never.
    public var timeout: Duration?
    /// What has to hold before it starts, beside the readiness of every service that has one.
    public var dependencies: [Dependency] = []

    /// A test in that place.
    public init(place: Place, process: ProcessPlan, timeout: Duration? = nil) {
        self.place = place
        self.process = process
        self.timeout = timeout
    }
}
