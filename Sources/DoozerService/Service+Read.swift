import DoozerProtocol
import DoozerStore

extension Service {
    /// GET, GETDIR, STAT and WALK: of the current revision, of one in the history, or of one still to come.
    func read(_ request: Doozer_Request, _ session: Session) throws(Refusal) -> Outcome {
        let read = try Read(request)
        let revision = request.hasRev ? max(request.rev, 1) : store.revision
        guard let tree = try refusing({ () throws(StoreError) in try store.tree(at: revision) }) else {
            try checkRoom(session)
            let waiting = outstanding(request, session, .read(request))
            return .later(waiters.add(waiting, revision: revision))
        }
        switch read {
        case .get(let path):
            return .reply(try get(path, tree))
        case .entry(let path, let offset):
            return .reply(try entry(path, offset, tree))
        case .stat(let path):
            return .reply(stat(path, tree))
        case .walk(let glob, let offset):
            return .reply(try walk(glob, offset, tree, revision, session))
        }
    }

    /// WAIT: the first change on or after a revision, past or to come.
    func wait(_ request: Doozer_Request, _ session: Session) throws(Refusal) -> Outcome {
        guard request.hasPath, request.hasRev else { throw Refusal(.missingArg) }
        guard let glob = Glob(request.path) else { throw Refusal(.badPath) }
        let past = try refusing { () throws(StoreError) in
            try store.firstChange(matching: glob, from: request.rev)
        }
        if let past { return .reply(Service.reply(for: past)) }
        try checkRoom(session)
        return .later(waiters.add(outstanding(request, session, .change), glob: glob, from: request.rev))
    }

    /// A change as WAIT answers it.
    static func reply(for change: Change) -> Reply {
        var reply = Reply(revision: change.revision)
        reply.path = change.path.text
        reply.value = change.body
        switch change.kind {
        case .set: reply.flags = ResponseFlags.set
        case .deleted: reply.flags = ResponseFlags.deleted
        case .none: reply.flags = 0
        }
        return reply
    }

    private func get(_ path: DoozerPath, _ tree: Tree) throws(Refusal) -> Reply {
        var reply = Reply(revision: Revision.missing)
        reply.value = []
        switch tree[path] {
        case .file(let file):
            reply.revision = file.revision
            reply.value = file.body
        case .directory:
            throw Refusal(.isdir)
        case nil:
            break
        }
        return reply
    }

    private func entry(_ path: DoozerPath, _ offset: Int32, _ tree: Tree) throws(Refusal) -> Reply {
        switch tree[path] {
        case .directory(let directory):
            guard let (name, _) = directory.entry(at: Int(offset)) else { throw Refusal(.range) }
            var reply = Reply()
            reply.path = name
            return reply
        case .file:
            throw Refusal(.notdir)
        case nil:
            throw Refusal(.noent)
        }
    }

    private func stat(_ path: DoozerPath, _ tree: Tree) -> Reply {
        let node = tree[path]
        var reply = Reply(revision: node?.revision ?? Revision.missing)
        switch node {
        case .file(let file): reply.length = Int32(clamping: file.body.count)
        case .directory(let directory): reply.length = Int32(clamping: directory.count)
        case nil: reply.length = 0
        }
        return reply
    }

    private func walk(
        _ glob: Glob, _ offset: Int32, _ tree: Tree, _ revision: Int64, _ session: Session
    ) throws(Refusal) -> Reply {
        guard offset >= 0 else { throw Refusal(.range) }
        var place: WalkPlace
        if let last = session.walk, last.glob == glob.text, last.revision == revision, last.offset <= offset {
            place = last
        } else {
            place = WalkPlace(glob: glob.text, revision: revision, offset: 0, walk: FileWalk(glob, in: tree))
        }
        session.walk = nil
        while place.offset < offset {
            guard place.walk.next() != nil else { throw Refusal(.range) }
            place.offset += 1
        }
        guard let match = place.walk.next() else { throw Refusal(.range) }
        if place.offset < Int32.max {
            place.offset += 1
            session.walk = place
        }
        var reply = Reply(revision: match.file.revision)
        reply.path = match.path.text
        reply.value = match.file.body
        reply.flags = ResponseFlags.set
        return reply
    }

    private func outstanding(
        _ request: Doozer_Request, _ session: Session, _ kind: Outstanding.Kind
    ) -> Outstanding {
        Outstanding(session: session.id, tag: request.hasTag ? request.tag : nil, kind: kind)
    }

    private func checkRoom(_ session: Session) throws(Refusal) {
        guard session.outstanding.count < configuration.maximumOutstanding else {
            throw Refusal(.other, detail: "more than \(configuration.maximumOutstanding) outstanding requests")
        }
    }
}

/// A reading request whose fields are all there and well formed.
private enum Read {
    case get(DoozerPath)
    case entry(DoozerPath, offset: Int32)
    case stat(DoozerPath)
    case walk(Glob, offset: Int32)

    init(_ request: Doozer_Request) throws(Refusal) {
        let needsOffset = request.verb == .getdir || request.verb == .walk
        guard request.hasPath, request.hasOffset || !needsOffset else { throw Refusal(.missingArg) }
        if request.verb == .walk {
            guard let glob = Glob(request.path) else { throw Refusal(.badPath) }
            self = .walk(glob, offset: request.offset)
            return
        }
        guard let path = DoozerPath(request.path) else { throw Refusal(.badPath) }
        switch request.verb {
        case .getdir: self = .entry(path, offset: request.offset)
        case .stat: self = .stat(path)
        default: self = .get(path)
        }
    }
}
