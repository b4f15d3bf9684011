public import DoozerProtocol
import DoozerStore

/// The server without its sockets: takes requests, gives replies.
///
/// Owns the store and all sessions, and does each request to its end before the next, so every client sees one order
/// of changes. Not thread-safe: one owner, one thread.
public final class Service {
    /// What the server was told when it started.
    public let configuration: Configuration

    var store: Store
    var waiters = Waiters<Outstanding>()
    private var sessions: [UInt64: Session] = [:]
    private var nextSession: UInt64 = 0

    /// Starts with the files of `/ctl` that a new cluster has.
    ///
    /// - Precondition: The configuration's cluster and node are path components.
    public init(_ configuration: Configuration) {
        self.configuration = configuration
        store = Store(history: configuration.history)
        for (path, body) in configuration.controlFiles {
            guard let path = DoozerPath(path) else { preconditionFailure("not a path: \(path)") }
            do {
                _ = try store.set(path, to: Array(body.utf8), ifAtMost: Revision.missing)
            } catch {
                preconditionFailure("\(path) cannot be set in an empty store: \(error)")
            }
        }
    }

    /// How many connections there are.
    public var sessionCount: Int { sessions.count }

    /// How many requests of all connections wait for their answer.
    public var outstandingCount: Int { waiters.count }

    /// The revision of the last change.
    public var revision: Int64 { store.revision }

    /// Begins a connection.
    ///
    /// It may do at once what needs no secret.
    ///
    /// - Parameter deliver: Takes each reply to this client, on the service's thread. Must not call the service.
    public func open(deliver: @escaping (Reply) -> Void) -> Session {
        let session = Session(id: nextSession, deliver: deliver)
        nextSession += 1
        sessions[session.id] = session
        _ = grant([], to: session)
        return session
    }

    /// Ends a connection and all that it waits for.
    public func close(_ session: Session) {
        abandonOutstanding(of: session)
        sessions[session.id] = nil
    }

    /// Forgets what a client waits for that will send nothing more.
    public func abandonOutstanding(of session: Session) {
        for id in session.outstanding.values { waiters.remove(id) }
        session.outstanding = [:]
    }

    /// Serves one request; the reply is delivered now, or when what it waits for happens.
    public func handle(_ request: Doozer_Request, from session: Session) {
        let tag = request.hasTag ? request.tag : nil
        guard session.outstanding[request.tag] == nil else {
            return deliver(Refusal(.tagInUse), tag, to: session)
        }
        do throws(Refusal) {
            switch try serve(request, for: session) {
            case .reply(let reply):
                deliver(reply, tag, to: session)
            case .change(let change, let reply):
                deliver(reply, tag, to: session)
                publish(change)
            case .later(let id):
                session.outstanding[request.tag] = id
            }
        } catch {
            deliver(error, tag, to: session)
        }
    }

    /// What came of a request.
    enum Outcome {
        case reply(Reply)
        case change(Change, Reply)
        case later(Waiters<Outstanding>.ID)
    }

    private func serve(_ request: Doozer_Request, for session: Session) throws(Refusal) -> Outcome {
        guard request.hasVerb else { throw Refusal(.unknownVerb) }
        switch request.verb {
        case .get, .getdir, .stat, .walk, .wait:
            guard session.canRead else { throw .permissionDenied }
            return request.verb == .wait ? try wait(request, session) : try read(request, session)
        case .set, .del, .nop:
            guard session.canWrite else { throw .permissionDenied }
            return try write(request)
        case .rev:
            return .reply(Reply(revision: store.revision))
        case .self_:
            var reply = Reply()
            reply.value = Array(configuration.node.utf8)
            return .reply(reply)
        case .access:
            guard grant(Array(request.value), to: session) else { throw .permissionDenied }
            return .reply(Reply())
        }
    }

    /// Adds what `secret` allows to what the session may do.
    ///
    /// A secret that is not set is the empty one.
    ///
    /// - Returns: Whether it allows anything.
    private func grant(_ secret: [UInt8], to session: Session) -> Bool {
        if secret == configuration.readWriteSecret {
            session.canRead = true
            session.canWrite = true
            return true
        }
        if secret == configuration.readOnlySecret {
            session.canRead = true
            return true
        }
        return false
    }

    private func publish(_ change: Change) {
        for waiting in waiters.take(for: change) {
            guard let session = sessions[waiting.session] else { continue }
            session.outstanding[waiting.tag ?? 0] = nil
            switch waiting.kind {
            case .change:
                deliver(Service.reply(for: change), waiting.tag, to: session)
            case .read(let request):
                // What it waited for is the current revision now, so this read does not wait again.
                handle(request, from: session)
            }
        }
    }

    private func deliver(_ reply: Reply, _ tag: Int32?, to session: Session) {
        var reply = reply
        reply.tag = tag
        session.deliver(reply)
    }

    private func deliver(_ refusal: Refusal, _ tag: Int32?, to session: Session) {
        var reply = Reply()
        reply.refusal = refusal
        deliver(reply, tag, to: session)
    }
}
