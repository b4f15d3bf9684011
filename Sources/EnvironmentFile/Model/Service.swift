import OrderedCollections

/// One entry of `services:`.
public struct Service: Hashable, Sendable {
    public var name: String
    public var position: SourcePosition
    /// The image's reference as written, where the service names one. With `build` also given: the name of the result.
    public var image: Located<String>?
    public var build: Build?
    /// `nil`: the image's. Empty: none. A string in the file has become `["/bin/sh", "-c", string]` only where the
    /// specification says so (never here: Compose splits a string as a shell splits words).
    public var command: [String]?
    /// `nil`: the image's. Empty: none.
    public var entrypoint: [String]?
    /// `env_file` and `environment` merged, the latter winning; variables without a value that the caller's
    /// environment lacks are left out.
    public var environment: OrderedDictionary<String, String> = [:]
    /// `user`, `user:group` or numbers, as written.
    public var user: String?
    public var workingDirectory: String?
    /// `volumes:` and `tmpfs:`, in the order of the file.
    public var mounts: [Mount] = []
    public var configs: [FileGrant] = []
    public var secrets: [FileGrant] = []
    public var dependsOn: [Dependency] = []
    public var healthcheck: Healthcheck?
    public var ready: Ready?
    public var ports: [Port] = []
    public var hostname: String?
    /// A reaping process is PID 1 (`init: true`).
    public var hasInit = false
    /// A name such as `SIGTERM`, or a number, as written.
    public var stopSignal: String?
    public var stopGracePeriod: Duration?
    /// Names with or without `CAP_`, validated; `ALL` possible.
    public var capAdd: [String] = []
    public var capDrop: [String] = []
    public var isReadOnly = false
    /// By the name of the limit without `RLIMIT_`, in lower case: `nofile`, `nproc`, ….
    public var ulimits: OrderedDictionary<String, Ulimit> = [:]
    public var securityOptions: [String] = []
    public var isPrivileged = false
    /// Bytes (`mem_limit`, or `deploy.resources.limits.memory`).
    public var memoryLimit: Int64?
    /// A number of processes (`pids_limit`), -1 for none.
    public var pidsLimit: Int64?
    /// Bytes of /dev/shm (`shm_size`), `nil` for the engine's default of 64 MiB.
    public var shmSize: Int64?
    public var labels: OrderedDictionary<String, String> = [:]

    public init(name: String, position: SourcePosition) {
        self.name = name
        self.position = position
    }
}

/// `build:`: an image made of the distribution's own packages.
public struct Build: Hashable, Sendable {
    /// Package names as the distribution's package manager takes them. Never empty.
    public var packages: [String]
    /// `debian:bookworm` and the like; `nil`: the host's own.
    public var distribution: String?
    public var position: SourcePosition

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

    public var source: Source
    /// An absolute path in the container.
    public var target: String
    public var isReadOnly: Bool
    /// `volume.nocopy`: an empty volume is not filled from the image.
    public var noCopy: Bool
    /// `volume.subpath`: a path inside of the volume.
    public var subpath: String?
    public var position: SourcePosition

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
    public var gid: String?
    /// Permission bits; 0o444 unless told.
    public var mode: UInt32
    public var position: SourcePosition

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

    public var service: String
    public var condition: Condition
    /// A missing or failed service is no error where this is false.
    public var isRequired: Bool
    public var restart: Bool
    public var position: SourcePosition

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
    public enum Transport: String, Hashable, Sendable {
        case tcp, udp
    }

    /// The port in the container.
    public var target: UInt16
    /// The port on the host; `nil`: a free one is taken. A range given for one target is `published...publishedLast`.
    public var published: UInt16?
    public var publishedLast: UInt16?
    /// The host's address to listen on; `nil`: 127.0.0.1.
    public var hostAddress: String?
    public var transport: Transport
    public var position: SourcePosition

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
    public var soft: Int64
    public var hard: Int64

    public init(soft: Int64, hard: Int64) {
        self.soft = soft
        self.hard = hard
    }
}
