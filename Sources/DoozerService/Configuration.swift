/// What a server is told when it starts.
public struct Configuration: Hashable, Sendable {
    /// The cluster's name, a path component: it is part of `/ctl/ns/NAME/ID`.
    public var cluster = "local"
    /// The node's identifier, a path component.
    public var node: String
    /// Where clients reach the node, `HOST:PORT`.
    public var address: String
    /// The name of the node's machine.
    public var hostname: String
    /// The server's version.
    public var version: String
    /// How many revisions can be read back, the current one included; 1 or greater.
    public var history = 2000
    /// What ACCESS must bring to read and write; empty: every client may.
    public var readWriteSecret: [UInt8] = []
    /// What ACCESS must bring to read; empty: every client may.
    public var readOnlySecret: [UInt8] = []
    /// How many requests of one connection may wait for their answer at once.
    public var maximumOutstanding = 65_536

    /// Makes the configuration of a server without secrets.
    public init(node: String, address: String, hostname: String, version: String) {
        self.node = node
        self.address = address
        self.hostname = hostname
        self.version = version
    }

    /// The files that clients of a cluster look for, in the order in which a new cluster's first node writes them.
    var controlFiles: [(path: String, body: String)] {
        [
            ("/ctl/name", cluster),
            ("/ctl/node/\(node)/addr", address),
            ("/ctl/node/\(node)/hostname", hostname),
            ("/ctl/node/\(node)/version", version),
            ("/ctl/cal/0", node),
            ("/ctl/ns/\(cluster)/\(node)", address),
            ("/ctl/node/\(node)/writable", "true"),
        ]
    }
}
