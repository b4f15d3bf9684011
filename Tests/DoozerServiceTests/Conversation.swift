import DoozerProtocol
import FoundationEssentials
import DoozerService
import Testing

/// A request in few words, for tables.
func request(
    _ verb: Doozer_Request.Verb?, _ path: String? = nil, tag: Int32? = 1, value: String? = nil, rev: Int64? = nil,
    offset: Int32? = nil
) -> Doozer_Request {
    var request = Doozer_Request()
    if let tag { request.tag = tag }
    if let verb { request.verb = verb }
    if let path { request.path = path }
    if let value { request.value = .init(value.utf8) }
    if let rev { request.rev = rev }
    if let offset { request.offset = offset }
    return request
}

/// A service and one client of it, which keeps the replies until they are asked for.
final class Conversation {
    /// The revision of a service that has written its control files.
    static let firstRevision: Int64 = 7

    let service: Service
    let session: Session
    private let inbox: Inbox

    /// What was delivered and not yet asked for.
    final class Inbox {
        var replies: [Reply] = []
    }

    init(_ service: Service) {
        let inbox = Inbox()
        self.service = service
        self.inbox = inbox
        session = service.open { inbox.replies.append($0) }
    }

    convenience init(configure: (inout Configuration) -> Void = { _ in }) {
        var configuration = Configuration(node: "NODE", address: "127.0.0.1:8046", hostname: "host", version: "1")
        configure(&configuration)
        self.init(Service(configuration))
    }

    /// Sends a request and takes what has been delivered since.
    func send(_ request: Doozer_Request) -> [Reply] {
        service.handle(request, from: session)
        return received()
    }

    /// Takes what has been delivered since the last time.
    func received() -> [Reply] {
        defer { inbox.replies = [] }
        return inbox.replies
    }

    /// Sends a request that is answered at once.
    func ask(_ request: Doozer_Request) throws -> Reply {
        let replies = send(request)
        try #require(replies.count == 1)
        return replies[0]
    }

    /// The code with which a request is refused, or `nil` if it is served.
    func refusal(_ request: Doozer_Request) throws -> Doozer_Response.Err? {
        try ask(request).refusal?.code
    }
}

extension Reply {
    /// The value as text.
    var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
}
