import Addresses
import EnvironmentFile

/// What there is to know of one container of an environment that stays up.
public struct ServiceStatus: Hashable, Sendable {
    /// How far a container has come.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// It has never been started.
        case created
        /// Its dependencies are not there yet.
        case waiting
        case starting, running, paused
        /// It has ended and will be started again after a pause.
        case restarting
        case stopping, exited
        /// It could not be started.
        case failed
    }

    /// What its health check, or `ready`, says.
    public enum Health: String, Hashable, Sendable, CaseIterable {
        case starting, healthy, unhealthy
    }

    /// A port of the host that leads to it.
    public struct Port: Hashable, Sendable {
        /// As planned.
        public var plan: PortPlan
        /// The port that was bound.
        public var hostPort: UInt16
    }

    /// The service as the file has it.
    public var service: String
    /// The container's name, unique in the environment: the service's, and `-` and a number where it has several.
    public var container: String
    /// Among its service's containers, from 1.
    public var number: Int
    /// The image's name.
    public var image: String
    /// The image's digest, `sha256:…`.
    public var imageDigest: String
    /// The program and its arguments.
    public var command: [String]
    /// How far it has come.
    public var state: State
    /// `nil`: nothing says.
    public var health: Health?
    /// How it ended last; `nil`: it has not.
    public var exit: ExitStatus?
    /// Why it waits or has failed.
    public var reason: String?
    /// Seconds since 1970 at which the container that runs, or ran last, was started.
    public var startedAt: Double?
    /// Seconds since 1970 at which it ended last.
    public var endedAt: Double?
    /// How often it was started again by its policy.
    public var restarts: Int
    /// Where it is reached inside of the environment.
    public var address: IPv4Address
    /// What is open now.
    public var ports: [Port]
    /// The container that the service's names and ports lead to, where a switch-over keeps this one beside it.
    public var beside: String?
}

extension ContainerPlan {
    /// The service as the file has it.
    public var service: String { lifecycle.replica?.service ?? name }
}
