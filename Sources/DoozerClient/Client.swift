import DoozerProtocol
import FoundationEssentials

/// A client of a Doozer server, one request at a time.
///
///     let client = try Client(DoozerURI("doozer:?ca=127.0.0.1:8046"))
///     let revision = try client.set("/lock", to: Array("me".utf8), ifAtMost: Revision.missing)
public final class Client {
    /// What GET gives.
    public struct Content: Hashable, Sendable {
        /// The file's content; empty if there is none.
        public var body: [UInt8]
        /// The file's revision, or ``Revision/missing``.
        public var revision: Int64
    }

    /// What STAT gives.
    public struct Status: Hashable, Sendable {
        /// The file's revision, ``Revision/missing`` or ``Revision/directory``.
        public var revision: Int64
        /// A file's bytes, a directory's entries.
        public var length: Int
    }

    /// What WAIT and WALK give.
    public struct Event: Hashable, Sendable {
        /// The file.
        public var path: String
        /// The revision of its change.
        public var revision: Int64
        /// Its content then.
        public var body: [UInt8]
        /// ``ResponseFlags``.
        public var flags: Int32
    }

    private let connection: Connection

    /// Connects to the first server of `uri` that can be reached, and brings the URI's secret.
    ///
    /// - Parameters:
    ///   - uri: The servers, or the name of a cluster.
    ///   - boot: The cluster to look that name up in.
    /// - Throws: ``ClientError``.
    public init(_ uri: DoozerURI, boot: DoozerURI? = nil) throws(ClientError) {
        var addresses = uri.addresses
        if let cluster = uri.cluster, addresses.isEmpty {
            guard let boot else { throw .noBootCluster(cluster: cluster) }
            addresses = try Client(boot).addresses(ofCluster: cluster)
        }
        connection = try Client.connection(toFirstOf: addresses)
        if let secret = uri.secret { try access(Array(secret.utf8)) }
    }

    /// Reads a file as it is, or as it was or will be at a revision.
    public func get(_ path: String, at revision: Int64? = nil) throws(ClientError) -> Content {
        let response = try call(.get, path) { if let revision { $0.rev = revision } }
        return Content(body: Array(response.value), revision: response.rev)
    }

    /// Writes a file whose revision is at most `condition`, or any with ``Revision/clobber``.
    ///
    /// - Returns: The file's new revision.
    public func set(_ path: String, to body: [UInt8], ifAtMost condition: Int64) throws(ClientError) -> Int64 {
        try call(.set, path) {
            $0.rev = condition
            $0.value = Data(body)
        }.rev
    }

    /// Deletes a file whose revision is at most `condition`, or any with ``Revision/clobber``.
    public func delete(_ path: String, ifAtMost condition: Int64) throws(ClientError) {
        _ = try call(.del, path) { $0.rev = condition }
    }

    /// The revision of the last change.
    public func revision() throws(ClientError) -> Int64 {
        try call(.rev).rev
    }

    /// What there is at a path.
    public func status(_ path: String, at revision: Int64? = nil) throws(ClientError) -> Status {
        let response = try call(.stat, path) { if let revision { $0.rev = revision } }
        return Status(revision: response.rev, length: Int(response.len))
    }

    /// The name of the entry of a directory that has `offset` before it, or `nil` past the last.
    public func entry(of directory: String, offset: Int32, at revision: Int64) throws(ClientError) -> String? {
        try untilRange { () throws(ClientError) in
            try call(.getdir, directory) {
                $0.rev = revision
                $0.offset = offset
            }.path
        }
    }

    /// The file matching a glob that has `offset` before it, or `nil` past the last.
    public func match(of glob: String, offset: Int32, at revision: Int64) throws(ClientError) -> Event? {
        try untilRange { () throws(ClientError) in
            Event(
                try call(.walk, glob) {
                    $0.rev = revision
                    $0.offset = offset
                })
        }
    }

    /// Waits for the first change on or after `revision` to a file that a glob matches.
    ///
    /// - Parameter deadline: When to give up with ``ClientError/timedOut``.
    public func wait(
        _ glob: String, from revision: Int64, deadline: ContinuousClock.Instant? = nil
    ) throws(ClientError) -> Event {
        Event(try call(.wait, glob, deadline) { $0.rev = revision })
    }

    /// Brings a secret, and may from then on do what it allows.
    public func access(_ secret: [UInt8]) throws(ClientError) {
        _ = try call(.access) { $0.value = Data(secret) }
    }

    private func addresses(ofCluster name: String) throws(ClientError) -> [DoozerURI.Address] {
        let revision = try revision()
        var addresses: [DoozerURI.Address] = []
        do throws(ClientError) {
            while let node = try entry(of: "/ctl/ns/\(name)", offset: Int32(addresses.count), at: revision) {
                let body = try get("/ctl/ns/\(name)/\(node)", at: revision).body
                let text = String(decoding: body, as: UTF8.self)
                guard let address = DoozerURI.address(text) else {
                    throw .protocolViolation(connection.server, reason: "'\(text)' is listed as an address")
                }
                addresses.append(address)
            }
        } catch {
            guard case .refused(.noent, _, _) = error else { throw error }
        }
        guard !addresses.isEmpty else { throw .unknownCluster(name) }
        return addresses
    }

    private static func connection(toFirstOf addresses: [DoozerURI.Address]) throws(ClientError) -> Connection {
        var failure = ClientError.unreachable("a server", reason: "none is given")
        for address in addresses {
            do throws(ClientError) {
                return try Connection(address)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private func call(
        _ verb: Doozer_Request.Verb, _ path: String? = nil, _ deadline: ContinuousClock.Instant? = nil,
        fill: (inout Doozer_Request) -> Void = { _ in }
    ) throws(ClientError) -> Doozer_Response {
        var request = Doozer_Request()
        request.verb = verb
        if let path { request.path = path }
        fill(&request)
        return try connection.call(request, deadline: deadline)
    }

    private func untilRange<Value>(_ body: () throws(ClientError) -> Value) throws(ClientError) -> Value? {
        do {
            return try body()
        } catch {
            guard case .refused(.range, _, _) = error else { throw error }
            return nil
        }
    }
}

extension Client.Event {
    fileprivate init(_ response: Doozer_Response) {
        path = response.path
        revision = response.rev
        body = Array(response.value)
        flags = response.flags
    }
}
