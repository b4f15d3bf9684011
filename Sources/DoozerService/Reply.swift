public import DoozerProtocol
import FoundationEssentials

/// An answer on its way to a client.
///
/// Copies share the value's bytes, so that one change answers many for little.
public struct Reply: Hashable, Sendable {
    /// The request's tag, if it had one.
    public var tag: Int32?
    /// ``ResponseFlags``, for WAIT and WALK.
    public var flags: Int32?
    /// A revision; which one depends on the verb.
    public var revision: Int64?
    /// A path, or for GETDIR a name.
    public var path: String?
    /// A file's content, or the node's identifier.
    public var value: [UInt8]?
    /// A file's bytes or a directory's entries.
    public var length: Int32?
    /// Why the request was refused.
    public var refusal: Refusal?

    /// Makes an answer that says no more than that the request was served.
    public init() {}

    init(revision: Int64) {
        self.revision = revision
    }

    /// Roughly what the answer takes on the wire, in bytes; never less.
    public var sizeEstimate: Int {
        (value?.count ?? 0) + (path?.utf8.count ?? 0) + (refusal?.detail?.utf8.count ?? 0) + 64
    }

    /// The answer as the protocol's message.
    public var message: Doozer_Response {
        var message = Doozer_Response()
        if let tag { message.tag = tag }
        if let flags { message.flags = flags }
        if let revision { message.rev = revision }
        if let path { message.path = path }
        if let value { message.value = Data(value) }
        if let length { message.len = length }
        if let refusal {
            message.errCode = refusal.code
            if let detail = refusal.detail { message.errDetail = detail }
        }
        return message
    }
}

/// Why a request was not served.
public struct Refusal: Error, Hashable, Sendable {
    /// The protocol's code.
    public var code: Doozer_Response.Err
    /// What happened, where the code is `OTHER`.
    public var detail: String?

    init(_ code: Doozer_Response.Err, detail: String? = nil) {
        self.code = code
        self.detail = detail
    }

    static let permissionDenied = Refusal(.other, detail: "permission denied")
}
