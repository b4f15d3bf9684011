import OrderedCollections

/// A resolved environment file: interpolated, merged, normalised to long forms and validated.
///
/// Everything relative has been made absolute and everything optional that the Compose Specification gives a
/// default has it, so that later stages never look at text again. Dictionaries keep the order of the file.
public struct Environment: Hashable, Sendable {
    /// The project name: `[a-z0-9][a-z0-9_-]*`.
    public var name: String
    /// The absolute path of the project directory, against which relative paths were resolved.
    public var directory: String
    /// The files it was read from, first the main one, as the user wrote them.
    public var files: [String]
    /// By name, in the order of the file; only those that the profiles enable.
    public var services: OrderedDictionary<String, Service>
    /// By key; where the default network is not defined, it has no attributes.
    public var networks: OrderedDictionary<String, Network> = [:]
    /// By key.
    public var volumes: OrderedDictionary<String, Volume>
    /// By key; external ones are left out.
    public var configs: OrderedDictionary<String, FileObject>
    /// By key; external ones are left out.
    public var secrets: OrderedDictionary<String, FileObject>
    /// By key.
    public var models: OrderedDictionary<String, Model> = [:]
    /// What `harness run` runs, where the file says so.
    public var test: Test?

    /// Puts the values together; nothing is checked.
    public init(
        name: String, directory: String, files: [String] = [],
        services: OrderedDictionary<String, Service> = [:],
        volumes: OrderedDictionary<String, Volume> = [:],
        configs: OrderedDictionary<String, FileObject> = [:],
        secrets: OrderedDictionary<String, FileObject> = [:],
        test: Test? = nil
    ) {
        self.name = name
        self.directory = directory
        self.files = files
        self.services = services
        self.volumes = volumes
        self.configs = configs
        self.secrets = secrets
        self.test = test
    }
}

/// A top-level `volumes:` entry.
public struct Volume: Hashable, Sendable {
    /// The name in the store: `name:` if given, else the project's name, `_` and the key.
    public var name: String
    /// The volume exists outside of the environment and is neither created nor removed with it.
    public var isExternal: Bool
    /// Metadata for people and tools.
    public var labels: OrderedDictionary<String, String>
    /// Where the key is.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(
        name: String, isExternal: Bool = false, labels: OrderedDictionary<String, String> = [:],
        position: SourcePosition
    ) {
        self.name = name
        self.isExternal = isExternal
        self.labels = labels
        self.position = position
    }
}

/// A top-level `configs:` or `secrets:` entry: bytes that services see as a file.
public struct FileObject: Hashable, Sendable {
    /// Where the bytes come from.
    ///
    /// `inline` is the value of `content:` or of the variable that `environment:` names.
    public enum Source: Hashable, Sendable {
        /// An absolute path on the host.
        case file(String)
        case inline(String)
    }

    /// Where the bytes come from.
    public var source: Source
    /// Where the key is.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(source: Source, position: SourcePosition) {
        self.source = source
        self.position = position
    }
}

/// The `test:` section: what `harness run` runs once every service is ready.
public struct Test: Hashable, Sendable {
    /// Where the test command runs.
    public enum Place: Hashable, Sendable {
        /// On the host's file system, inside the environment's network.
        case host
        /// In the running container of the service of that name.
        case service(String)
        /// In a container of its own from this image.
        case image(String)
    }

    /// The program and its arguments; a string in the file has become `["/bin/sh", "-c", string]`.
    ///
    /// `nil` where the section gives none (the command line must).
    public var command: [String]?
    /// Where it runs.
    public var place: Place
    /// What has to hold before it starts.
    ///
    /// Every service with a health check or `ready` is waited for without being named; what has to be named are
    /// one-shots, with the condition `service_completed_successfully`.
    public var dependsOn: [Dependency] = []
    /// Variables on top of those that every test command sees.
    public var environment: OrderedDictionary<String, String>
    /// An absolute path where the command runs: on the host or in the container.
    ///
    /// `nil`: the current one, or the image's.
    public var workingDirectory: String?
    /// After this the test counts as failed; `nil`: never.
    public var timeout: Duration?
    /// How many copies of the environment the test runs in, side by side, at least 1.
    public var shards = 1
    /// Variables with the values that they take in turn: one run for each combination.
    ///
    /// No variable is without values, and none has one twice.
    public var matrix: OrderedDictionary<String, [String]> = [:]
    /// Patterns of files that are collected when the test fails, relative to the project directory.
    public var artifacts: [Located<String>] = []
    /// Where the key is.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(
        command: [String]?, place: Place = .host, environment: OrderedDictionary<String, String> = [:],
        workingDirectory: String? = nil, timeout: Duration? = nil, position: SourcePosition
    ) {
        self.command = command
        self.place = place
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.timeout = timeout
        self.position = position
    }
}
