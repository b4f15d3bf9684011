/// What `harness registry serve` tells the helper to be; as JSON on its command line, so without anything secret.
public struct ServeConfiguration: Hashable, Sendable, Codable {
    /// A registry that this one is a cache of.
    public struct Upstream: Hashable, Sendable, Codable {
        /// The first component of its images' names here; the name under which its credentials are kept.
        public var name: String
        /// `https://HOST[:PORT]`
        public var url: String

        /// Takes both.
        public init(name: String, url: String) { (self.name, self.url) = (name, url) }
    }

    /// A host name or an address.
    public var host: String
    /// 0: one that is free.
    public var port: Int
    /// An absolute path; made where it is missing.
    public var root: String
    /// The folder of an image store that is given out, for reading, instead of the root's.
    public var store: String?
    /// A file of PEM certificates, the server's own first.
    public var certificate: String?
    /// The file of its key.
    public var key: String?
    /// Names and addresses for a certificate that is made, and kept below the root; `nil`: none is made.
    public var selfSignedNames: [String]?
    /// A file of users and bcrypt passwords as htpasswd(1) writes it.
    public var passwordFile: String?
    /// Whether nothing can be put or deleted.
    public var isReadOnly = false
    /// Registries that this one is a cache of.
    public var upstreams: [Upstream] = []
    /// For how many seconds a tag of an upstream is not asked for again.
    public var tagLifetime = 60
    /// Connections at the same time; more wait.
    public var connectionLimit = 512
    /// Uploads that are not complete at the same time.
    public var uploadLimit = 256
    /// Seconds after which an upload that nobody goes on with is forgotten.
    public var uploadLifetime = 3600
    /// Bytes that a blob may have.
    public var blobLimit: Int64 = 64 << 30
    /// Seconds: for a request's head, for a silent connection, and in which a body must bring some KiB.
    public var patience = 30
    /// A name or number of the user that the server becomes where it is started by root.
    public var user: String?
    /// Whether requests are not told on standard error.
    public var isQuiet = false

    /// A registry at that address.
    public init(host: String, port: Int, root: String) { (self.host, self.port, self.root) = (host, port, root) }
}
