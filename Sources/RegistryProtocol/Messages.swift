import OCI

/// What `harness` asks the helper for; one message of the socket each, encoded as JSON.
///
/// The helper is told one registry when it starts, and then knows where it is, who its mirrors are and which
/// credentials belong to each. From then on it has no privileges. Contents go through pipes and files whose descriptors
/// come with the message, never through the message itself.
public struct RegistryRequest: Hashable, Sendable, Codable {
    /// Told again in every reply.
    public var id: Int
    /// What to do.
    public var operation: Operation

    /// What can be asked for.
    public enum Operation: Hashable, Sendable, Codable {
        /// First of all: prepares for a registry and gives up privileges.
        case open(SessionOptions)
        /// Writes a manifest, at most 4 MiB, to the descriptor. `reference` is a tag or a digest.
        case manifest(repository: String, reference: String)
        /// Writes a blob to the descriptor, from `offset` on; from its start, it is checked against the digest.
        case blob(repository: String, digest: String, size: Int64, offset: Int64)
        /// Whether the repository has a blob.
        case hasBlob(repository: String, digest: String)
        /// Reads a blob from the descriptor, a regular file, and puts it into the repository; `from` names repositories
        /// of the same registry that may have it already.
        case upload(repository: String, digest: String, size: Int64, from: [String])
        /// Reads a manifest from the descriptor, a regular file, and puts it under a tag or a digest.
        case putManifest(repository: String, reference: String, mediaType: String, size: Int64)
        /// Writes the names of all repositories to the descriptor, one a line.
        case catalog
        /// Writes the tags of a repository to the descriptor, one a line.
        case tags(repository: String)
        /// Asks the registry whether it takes the credentials of the session.
        case verify
        /// Keeps credentials, in the file or the program that Docker uses; no session is open. Without a password: forgets.
        case keepCredentials(registry: String, username: String, password: String?)
    }

    /// Asks for an operation.
    public init(id: Int, operation: Operation) {
        self.id = id
        self.operation = operation
    }
}

/// What a session of the helper is for.
public struct SessionOptions: Hashable, Sendable, Codable {
    /// Host and optional port, as in a reference.
    public var registry: String
    /// Whether certificates need not be trusted, and plain HTTP is taken where there is no TLS.
    public var isInsecure = false
    /// Whether content goes to the registry: mirrors are not asked then.
    public var isForPushing = false
    /// Instead of those that are kept for the registry.
    public var credentials: Credentials?

    /// A user's name and password.
    public struct Credentials: Hashable, Sendable, Codable {
        /// The name.
        public var username: String
        /// The password or access token.
        public var password: String

        /// Takes both.
        public init(username: String, password: String) {
            self.username = username
            self.password = password
        }
    }

    /// A session with that registry.
    public init(registry: String) { self.registry = registry }
}

/// What the helper answers.
public struct RegistryReply: Hashable, Sendable, Codable {
    /// The request's; 0 of what concerns none.
    public var id: Int
    /// What there is to say.
    public var content: Content

    /// What can be answered; each request ends with `done` or `failed`.
    public enum Content: Hashable, Sendable, Codable {
        /// It is done.
        case done(Outcome)
        /// It could not be done.
        case failed(RegistryError)
        /// So many bytes of an upload have been sent.
        case progress(Int64)
        /// Why nothing goes on for a while, for the user.
        case notice(String)
    }

    /// What an operation gave; what does not concern it is `nil`.
    public struct Outcome: Hashable, Sendable, Codable {
        /// Of a manifest.
        public var mediaType: String?
        /// Of a manifest.
        public var digest: String?
        /// Whether the blob was there, before the upload or at all.
        public var isPresent: Bool?
        /// Of an upload: the repository that the registry has taken the blob from.
        public var mountedFrom: String?
        /// Of `open`: who answers, as `https://HOST`; of `keepCredentials`: where they are kept.
        public var place: String?

        /// Nothing to tell.
        public init() {}
    }

    /// Answers a request.
    public init(id: Int, content: Content) {
        self.id = id
        self.content = content
    }
}
