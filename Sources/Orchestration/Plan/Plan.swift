import Addresses
import EnvironmentFile

/// Everything that will be done for one environment, decided before anything boots.
///
/// The same file and the same images give the same plan; the executor takes no decisions.
public struct Plan: Hashable, Sendable {
    /// The project's name.
    public var name: String
    public var network: NetworkPlan
    /// In the order of their names.
    public var volumes: [VolumePlan]
    /// In boot order: each after those it depends on, ties by the order of the file.
    public var containers: [ContainerPlan]
    public var ports: [PortPlan]
    public var test: TestPlan?
    /// What a person should know and that keeps nothing from running.
    public var notices: [PlanNotice]

    public init(
        name: String, network: NetworkPlan, volumes: [VolumePlan] = [], containers: [ContainerPlan] = [],
        ports: [PortPlan] = [], test: TestPlan? = nil, notices: [PlanNotice] = []
    ) {
        self.name = name
        self.network = network
        self.volumes = volumes
        self.containers = containers
        self.ports = ports
        self.test = test
        self.notices = notices
    }

    /// The lines of /etc/hosts beyond the loopback's, the same for every container and for a test on the host.
    public var hosts: [HostEntry] { containers.first?.hosts ?? [] }
}

/// The environment's own network: one bridge in the sandbox.
public struct NetworkPlan: Hashable, Sendable {
    public var subnet: IPv4Network
    /// The bridge's address: where the test command and the forwarders are.
    public var gateway: IPv4Address

    public init(subnet: IPv4Network, gateway: IPv4Address) {
        self.subnet = subnet
        self.gateway = gateway
    }
}

/// A volume that containers share.
public struct VolumePlan: Hashable, Sendable {
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
    public var lifetime: Lifetime

    public init(name: String, lifetime: Lifetime) {
        self.name = name
        self.lifetime = lifetime
    }
}

/// A port of the host and where it leads.
public struct PortPlan: Hashable, Sendable {
    public var service: String
    public var hostAddress: String
    /// The ports to try in order; empty: any free one.
    public var hostPorts: [UInt16]
    public var address: IPv4Address
    public var containerPort: UInt16
    public var transport: Port.Transport
    public var position: SourcePosition

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
    public enum Place: Hashable, Sendable {
        case host
        /// In that service's container.
        case service(String)
        /// In this container, booted when everything is ready.
        case container(ContainerPlan)
    }

    public var place: Place
    /// Of `container`, the same as the container's own.
    public var process: ProcessPlan
    public var timeout: Duration?

    public init(place: Place, process: ProcessPlan, timeout: Duration? = nil) {
        self.place = place
        self.process = process
        self.timeout = timeout
    }
}
