import Addresses
import EnvironmentFile

/// What the networks of an environment come to.
struct NetworkLayout {
    /// Those that a container is on, in the order of the file, an undeclared default network first.
    var networks: [NetworkPlan] = []
    /// Of the services in the order of the file, and last of the test's own container if it has one.
    var connections: [Connection] = []
    /// What a test on the host knows.
    var hosts: [HostEntry] = []
    var ports: [PortPlan] = []
}

/// How one container is connected, and what it knows of the others.
struct Connection {
    var networking: NetworkingPlan
    /// Where it is reached from inside of the sandbox.
    var address: IPv4Address
    var hosts: [HostEntry] = []
}
