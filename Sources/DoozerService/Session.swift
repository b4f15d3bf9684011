import DoozerProtocol
import DoozerStore

/// One client's connection: what it may do, and what it waits for.
///
/// Belongs to its ``Service`` and to that service's thread.
public final class Session {
    let id: UInt64
    let deliver: (Reply) -> Void
    var canRead = false
    var canWrite = false
    /// What is waited for, by the request's tag; a request without one counts as tag 0, as it decodes.
    var outstanding: [Int32: Waiters<Outstanding>.ID] = [:]
    var walk: WalkPlace?

    init(id: UInt64, deliver: @escaping (Reply) -> Void) {
        self.id = id
        self.deliver = deliver
    }
}

/// Where a client's last WALK ended, so that asking for the next match need not pass all before it again.
struct WalkPlace {
    var glob: String
    var revision: Int64
    /// The offset of the match that `walk` gives next.
    var offset: Int32
    var walk: FileWalk
}

/// A request that is answered when something happens.
struct Outstanding: Sendable {
    enum Kind: Sendable {
        /// A WAIT: the change is the answer.
        case change
        /// A read at a revision to come.
        case read(Doozer_Request)
    }

    var session: UInt64
    var tag: Int32?
    var kind: Kind
}
