import Addresses
import EnvironmentFile

/// One reason why an environment can't be planned: what is wrong, where, and what to do.
public struct PlanError: Error, Hashable, Sendable {
    /// One `depends_on` entry of a cycle.
    public struct CycleEdge: Hashable, Sendable {
        /// The service that has the entry.
        public var from: String
        /// The service that it names.
        public var to: String
        /// The entry.
        public var position: SourcePosition
    }

    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// The edges in order; the last leads back to the first's `from`.
        case dependencyCycle([CycleEdge])
        /// Another service has the name of one of a service's containers.
        case replicaNameTaken(service: String, name: String)
        case undefinedDependency(service: String, dependency: String)
        /// `service_healthy` of a service that has neither a health check nor `ready`.
        case noReadiness(service: String, dependency: String)
        /// A service that was chosen on the command line, or by the test, and is not there.
        case undefinedService(String)
        /// Neither `image` nor `build`.
        case noImage(service: String)
        /// No image was prepared for the service: a mistake of the caller, not of the file.
        case imageNotPrepared(service: String)
        case noCommand(service: String, image: String)
        /// Nothing says what the test is.
        case noTestCommand
        case undefinedVolume(service: String, volume: String)
        /// Two volumes of one name in the store, of which one is external.
        case volumeConflict(name: String)
        case undefinedConfig(service: String, config: String)
        case undefinedSecret(service: String, secret: String)
        /// Not absolute, or the root itself.
        case invalidTarget(service: String, target: String)
        case duplicateTarget(service: String, target: String)
        case tooManyServices(count: Int, subnet: IPv4Network, capacity: Int)
        case invalidSignal(service: String, signal: String)
        case invalidCapability(service: String, capability: String)
        case invalidLimit(service: String, limit: String)
        case unsupportedSecurityOption(service: String, option: String)
        /// A kernel parameter that is the machine's.
        case kernelParameter(service: String, name: String, value: String)
        /// Permissions other than `r`, `w` and `m`.
        case invalidDevice(service: String, permissions: String)
        /// More than the 64 bytes that the kernel takes, or empty.
        case invalidHostname(service: String, hostname: String)
        case invalidPattern(service: String, pattern: String, reason: String)
        case invalidProbe(service: String, reason: String)
    }

    /// What is wrong.
    public var kind: Kind
    /// `nil` where no line of the file is to blame.
    public var position: SourcePosition?

    /// An error at that place.
    public init(_ kind: Kind, at position: SourcePosition?) {
        self.kind = kind
        self.position = position
    }
}

/// Everything that keeps an environment from being planned, sorted by position.
public struct PlanErrors: Error, Hashable, Sendable {
    /// Never empty.
    public let errors: [PlanError]

    /// Sorts the errors: by position, those without one first.
    public init(_ errors: [PlanError]) {
        precondition(!errors.isEmpty)
        let sorted = errors.enumerated().sorted { left, right in
            switch (left.element.position, right.element.position) {
            case (let leftPosition?, let rightPosition?) where leftPosition != rightPosition:
                leftPosition < rightPosition
            case (nil, _?): true
            case (_?, nil): false
            default: left.offset < right.offset
            }
        }
        self.errors = sorted.map(\.element)
    }
}
