import OrderedCollections

/// `build:` with a context: an image made by a Dockerfile.
public struct DockerfileBuild: Hashable, Sendable {
    /// What a build sees: the files that it may copy.
    public enum Context: Hashable, Sendable {
        /// The absolute path of a folder on the host.
        case folder(String)
        /// The result of another service's build (`service:NAME`); of ``DockerfileBuild/additionalContexts`` only.
        case service(String)
        /// An address of a repository or an archive, or an image (`docker-image://…`), as written.
        case remote(String)
    }

    /// The instructions.
    public enum Dockerfile: Hashable, Sendable {
        /// As written; relative paths start from the context.
        case path(String)
        /// `dockerfile_inline`.
        case inline(String)
    }

    /// A config or secret of the top level that `RUN` may mount.
    public struct Secret: Hashable, Sendable {
        /// The key of the top-level entry.
        public var source: String
        /// The name by which the Dockerfile mounts it (`--mount=type=secret,id=…`).
        public var identifier: String
        /// As ``FileGrant/uid``.
        public var uid: String?
        /// As ``FileGrant/gid``.
        public var gid: String?
        /// Permission bits; `nil`: the builder's choice.
        public var mode: UInt32?
        /// Where it is in the file.
        public var position: SourcePosition
    }

    /// Keys that `RUN` may use (`--mount=type=ssh`).
    public struct Keys: Hashable, Sendable {
        /// `default`, or the name that the Dockerfile gives.
        public var identifier: String
        /// The absolute path of a key or of an agent's socket; `nil`: the caller's agent.
        public var path: String?
        /// Where it is in the file.
        public var position: SourcePosition
    }

    /// What the Dockerfile sees.
    public var context: Context
    /// The instructions; `Dockerfile` of the context unless told.
    public var dockerfile = Dockerfile.path("Dockerfile")
    /// Values of `ARG`; what has none in the file takes the caller's, or is left out.
    public var arguments: OrderedDictionary<String, String> = [:]
    /// The stage to build; `nil`: the last.
    public var target: Located<String>?
    /// Further contexts by the name that the Dockerfile has for them.
    public var additionalContexts: OrderedDictionary<String, Located<Context>> = [:]
    /// Secrets of the top level.
    public var secrets: [Secret] = []
    /// `ssh`.
    public var keys: [Keys] = []
    /// Where intermediate results come from and go to, and what is not taken from there.
    public var cache = Cache()
    /// Whether base images are fetched anew (`pull`).
    public var pullsBaseImages = false
    /// Further names of the result.
    public var tags: [Located<String>] = []
    /// Metadata of the result.
    public var labels: OrderedDictionary<String, String> = [:]
    /// Such as `linux/amd64`; empty: the service's, or the host's.
    public var platforms: [Located<String>] = []
    /// How `RUN` is confined.
    public var sandbox = Sandbox()
    /// `provenance`: `true`, `false` or parameters, as written.
    public var provenance: String?
    /// `sbom`: `true`, `false` or parameters, as written.
    public var sbom: String?
    /// Where `build` is.
    public var position: SourcePosition

    /// Makes a build of a context's `Dockerfile`.
    public init(context: Context, position: SourcePosition) {
        self.context = context
        self.position = position
    }
}

extension DockerfileBuild {
    /// `cache_from`, `cache_to`, `no_cache` and `no_cache_filter`.
    public struct Cache: Hashable, Sendable {
        /// References, or `type=…,…`, as written.
        public var sources: [Located<String>] = []
        /// As ``sources``.
        public var destinations: [Located<String>] = []
        /// Nothing is taken from the cache.
        public var isDisabled = false
        /// Stages for which nothing is taken from the cache.
        public var excludedStages: [String] = []
    }

    /// What `RUN` may do and see.
    public struct Sandbox: Hashable, Sendable {
        /// `none`, `host` or a network's name, as written.
        public var network: Located<String>?
        /// Further lines of /etc/hosts.
        public var extraHosts: [ExtraHost] = []
        /// Bytes of /dev/shm.
        public var shmSize: Int64?
        /// As ``Service/ulimits``.
        public var ulimits: OrderedDictionary<String, Ulimit> = [:]
        /// All capabilities, no filters.
        public var isPrivileged = false
        /// Privileges that the Dockerfile may ask for, as written: `network.host`, `security.insecure`.
        public var entitlements: [String] = []
        /// As written; a matter of other operating systems.
        public var isolation: String?
    }
}
