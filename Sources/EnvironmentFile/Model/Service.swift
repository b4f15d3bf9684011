import OrderedCollections

/// One entry of `services:`.
public struct Service: Hashable, Sendable {
    /// The key.
    public var name: String
    /// Where it is in the file.
    public var position: SourcePosition
    /// The image's reference as written, where the service names one; the path of one in files is absolute.
    ///
    /// With `build` also given: the name of the result.
    public var image: Located<String>?
    /// How to make the image of packages.
    public var build: Build?
    /// How to make the image by a Dockerfile; never together with ``build``.
    public var dockerfileBuild: DockerfileBuild?
    /// `nil`: the image's.
    ///
    /// Empty: none. A string in the file has become `["/bin/sh", "-c", string]` only where the specification says so
    /// (never here: Compose splits a string as a shell splits words).
    public var command: [String]?
    /// `nil`: the image's.
    ///
    /// Empty: none.
    public var entrypoint: [String]?
    /// `env_file` and `environment` merged, the latter winning; variables without a value that the caller's
    /// environment lacks are left out.
    public var environment: OrderedDictionary<String, String> = [:]
    /// `user`, `user:group` or numbers, as written.
    public var user: String?
    /// An absolute path; `nil`: the image's.
    public var workingDirectory: String?
    /// `volumes:` and `tmpfs:`, in the order of the file.
    public var mounts: [Mount] = []
    /// `configs:`, seen as files.
    public var configs: [FileGrant] = []
    /// `secrets:`, seen as files.
    public var secrets: [FileGrant] = []
    /// In the order of the file.
    public var dependsOn: [Dependency] = []
    /// `nil`: the image's own, if it has one.
    public var healthcheck: Healthcheck?
    /// Readiness beyond the health check.
    public var ready: Ready?
    /// What the host publishes.
    public var ports: [Port] = []
    /// The name that the kernel has in the container; `nil`: the engine's choice.
    public var hostname: String?
    /// A reaping process is PID 1 (`init: true`).
    public var hasInit = false
    /// A name such as `SIGTERM`, or a number, as written.
    public var stopSignal: String?
    /// How long it may take after the signal before it is killed; `nil`: the engine's default.
    public var stopGracePeriod: Duration?
    /// Names with or without `CAP_`, validated; `ALL` possible.
    public var capAdd: [String] = []
    /// As ``capAdd``.
    public var capDrop: [String] = []
    /// The root file system is read-only.
    public var isReadOnly = false
    /// By the name of the limit without `RLIMIT_`, in lower case: `nofile`, `nproc`, ….
    public var ulimits: OrderedDictionary<String, Ulimit> = [:]
    /// As written: `no-new-privileges`, `seccomp:unconfined`, ….
    public var securityOptions: [String] = []
    /// All capabilities, no filters.
    public var isPrivileged = false
    /// Bytes (`mem_limit`, or `deploy.resources.limits.memory`).
    public var memoryLimit: Int64?
    /// A number of processes (`pids_limit`), -1 for none.
    public var pidsLimit: Int64?
    /// Namespaces, devices, kernel parameters, streams.
    public var isolation = Isolation()
    /// Bounds on processor, memory and disks.
    public var resources = ResourceBounds()
    /// Restarts, replicas, hooks.
    public var lifecycle = Lifecycle()
    /// What is kept of what it prints.
    public var logging = LogLimits()
    /// Bytes of /dev/shm (`shm_size`), `nil` for the engine's default of 64 MiB.
    public var shmSize: Int64?
    /// How an orchestrator of several machines runs it.
    public var deployment: Deployment?
    /// What it asks of programs beside the engine.
    public var integration = Integration()
    /// The state from which it boots.
    public var fixture = Fixture()
    /// Metadata for people and tools: `label_file` and `labels` merged, the latter winning.
    public var labels: OrderedDictionary<String, String> = [:]
    /// How it is connected.
    public var networking = Networking()
    /// `container_name`, unique in the environment.
    public var containerName: String?
    /// Where ``containerName`` was given.
    public var containerNamePosition: SourcePosition?
    /// Ports that other services may reach, as written (`"80"`, `"53/udp"`, `"8000-8010"`).
    ///
    /// They all are reachable anyway.
    public var expose: [String] = []
    /// `platform` as written, such as `linux/amd64`.
    public var platform: String?
    /// `pull_policy` as written: `always`, `never`, `missing`, `if_not_present`, `build`, `daily`, `weekly`, `every_…`.
    public var pullPolicy: String?
    /// The profiles of which one must be enabled; empty: always enabled.
    ///
    /// An environment has enabled services only.
    public var profiles: [String] = []

    /// Makes a service without any attribute.
    public init(name: String, position: SourcePosition) {
        self.name = name
        self.position = position
    }

    /// Whether the service belongs to an environment with these profiles; `*` is all of them.
    func isEnabled(by enabled: Set<String>) -> Bool {
        profiles.isEmpty || enabled.contains("*") || profiles.contains(where: enabled.contains)
    }
}

/// `build:`: an image made of the distribution's own packages.
public struct Build: Hashable, Sendable {
    /// Package names as the distribution's package manager takes them.
    ///
    /// Never empty.
    public var packages: [String]
    /// `debian:bookworm` and the like; `nil`: the host's own.
    public var distribution: String?
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(packages: [String], distribution: String? = nil, position: SourcePosition) {
        self.packages = packages
        self.distribution = distribution
        self.position = position
    }
}

/// What is mounted where in a service.
public struct Mount: Hashable, Sendable {
    /// What is mounted.
    public enum Source: Hashable, Sendable {
        /// The key of a top-level volume.
        case volume(String)
        /// A volume that only this service has.
        case anonymous
        /// An absolute path on the host; `createHostPath` where a missing one is made as a directory.
        case bind(path: String, createHostPath: Bool)
        /// A file system in memory; `size` in bytes (`nil`: the kernel's default), `mode` as in `chmod` (`nil`: 1777).
        case tmpfs(size: Int64?, mode: UInt32?)
    }

    /// Where it comes from.
    public var source: Source
    /// An absolute path in the container.
    public var target: String
    /// The root file system is read-only.
    public var isReadOnly: Bool
    /// `volume.nocopy`: an empty volume is not filled from the image.
    public var noCopy: Bool
    /// `volume.subpath`: a path inside of the volume.
    public var subpath: String?
    /// Of a file system in memory.
    public var tmpfs = TmpfsOptions()
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(
        source: Source, target: String, isReadOnly: Bool = false, noCopy: Bool = false, subpath: String? = nil,
        position: SourcePosition
    ) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
        self.noCopy = noCopy
        self.subpath = subpath
        self.position = position
    }
}

/// A service's use of a top-level config or secret.
public struct FileGrant: Hashable, Sendable {
    /// The key of the top-level entry.
    public var source: String
    /// An absolute path in the container (`/NAME` for configs and `/run/secrets/NAME` for secrets unless told).
    public var target: String
    /// User and group, numeric as text or names looked up in the image; `nil`: root.
    public var uid: String?
    /// As ``uid``.
    public var gid: String?
    /// Permission bits; 0o444 unless told.
    public var mode: UInt32
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(
        source: String, target: String, uid: String? = nil, gid: String? = nil, mode: UInt32 = 0o444,
        position: SourcePosition
    ) {
        self.source = source
        self.target = target
        self.uid = uid
        self.gid = gid
        self.mode = mode
        self.position = position
    }
}

/// One edge of the graph, from the service that has it to `service`.
public struct Dependency: Hashable, Sendable {
    /// What `service` must have reached.
    public enum Condition: String, Hashable, Sendable, CaseIterable {
        case started = "service_started"
        case healthy = "service_healthy"
        case completedSuccessfully = "service_completed_successfully"
    }

    /// The one that is waited for.
    public var service: String
    /// What it must have reached.
    public var condition: Condition
    /// A missing or failed service is no error where this is false.
    public var isRequired: Bool
    /// Restarted when the other is.
    public var restart: Bool
    /// It follows from another attribute, such as `pid: service:NAME`, whose own check tells what is wrong with it.
    public var isImplied = false
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(
        service: String, condition: Condition = .started, isRequired: Bool = true, restart: Bool = false,
        position: SourcePosition
    ) {
        self.service = service
        self.condition = condition
        self.isRequired = isRequired
        self.restart = restart
        self.position = position
    }
}

/// One entry of `ports:`, after ranges have been taken apart.
public struct Port: Hashable, Sendable {
    /// The protocol of a port.
    public enum Transport: String, Hashable, Sendable {
        case tcp, udp
    }

    /// The port in the container.
    public var target: UInt16
    /// The port on the host; `nil`: a free one is taken.
    ///
    /// A range given for one target is `published...publishedLast`.
    public var published: UInt16?
    /// The last of a range; `nil` for a single port.
    public var publishedLast: UInt16?
    /// The host's address to listen on; `nil`: 127.0.0.1.
    public var hostAddress: String?
    /// The protocol.
    public var transport: Transport
    /// Where it is in the file.
    public var position: SourcePosition

    /// Puts the values together; nothing is checked.
    public init(
        target: UInt16, published: UInt16? = nil, publishedLast: UInt16? = nil, hostAddress: String? = nil,
        transport: Transport = .tcp, position: SourcePosition
    ) {
        self.target = target
        self.published = published
        self.publishedLast = publishedLast
        self.hostAddress = hostAddress
        self.transport = transport
        self.position = position
    }
}

/// Soft and hard resource limit; -1 is no limit.
public struct Ulimit: Hashable, Sendable {
    /// What applies; a process may raise it up to ``hard``.
    public var soft: Int64
    /// What it can be raised to.
    public var hard: Int64

    /// Puts the values together; nothing is checked.
    public init(soft: Int64, hard: Int64) {
        self.soft = soft
        self.hard = hard
    }
}
