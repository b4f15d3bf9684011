/// A request to run a copy of a service once.
public struct RunCall: Codable, Hashable, Sendable {
    /// How the file is found; what the service depends on may be left alone.
    public var up: UpCall
    /// The service that is copied.
    public var service: String
    /// The copy's name; `nil`: one that is free.
    public var name: String?
    /// What is other than in the service.
    public var container = OneOffContainer()
    /// Whether the service's own ports are published.
    public var publishesServicePorts = false
    /// Whether the service's names lead to the copy too.
    public var takesNames = false
    /// Whether images are those that the lock file names.
    public var isLocked = false
    /// Seconds after which it is killed; `nil`: never.
    public var timeout: Double?

    /// A copy of that service as it is.
    public init(service: String, up: UpCall) {
        self.service = service
        self.up = up
    }
}

/// What a command line says of one container that is made for it, in the forms of an environment file's attributes.
public struct OneOffContainer: Codable, Hashable, Sendable {
    /// `nil`: the image's, or the service's; empty: none.
    public var command: [String]?
    /// `nil`: the image's, or the service's; empty: none.
    public var entrypoint: [String]?
    /// `NAME=value`, or a name of the caller's.
    public var environment: [String] = []
    /// As in a file.
    public var volumes: [String] = []
    /// As in a file.
    public var ports: [String] = []
    /// As in a file.
    public var user: String?
    /// A path in the container.
    public var workingDirectory: String?
    /// As in a file.
    public var networkMode: String?
    /// As in a file.
    public var pullPolicy: String?
    /// As in a file.
    public var addedCapabilities: [String] = []
    /// As in a file.
    public var droppedCapabilities: [String] = []
    /// Whether it gets a terminal of its own.
    public var hasTerminal = false

    /// As the image, or the service, has it.
    public init() {}
}
