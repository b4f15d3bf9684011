public import DoozerProtocol

/// The files, their revisions, and the history of as many changes as are kept.
///
/// Not thread-safe: one owner, one thread.
public struct Store: Sendable {
    /// The revision of the last change; 0 before the first.
    public private(set) var revision: Int64 = 0
    /// The files of ``revision``.
    public private(set) var tree = Tree()

    private var history: History

    /// Makes an empty store.
    ///
    /// - Parameter history: How many revisions are kept, the current one included; 1 or greater.
    public init(history: Int) {
        self.history = History(capacity: history)
    }

    /// The oldest revision that can still be read; 1 while the history is not full.
    public var oldestRevision: Int64 { revision - Int64(history.count) + 1 }

    /// Writes a file, as one change.
    ///
    /// - Parameters:
    ///   - path: The file; its directories come into being with it.
    ///   - body: The content.
    ///   - condition: The greatest revision the file may have (``Revision/missing``: none) or ``Revision/clobber``.
    /// - Throws: ``StoreError`` but ``StoreError/tooLate(requested:oldest:)``; then nothing has changed.
    public mutating func set(
        _ path: DoozerPath, to body: [UInt8], ifAtMost condition: Int64
    ) throws(StoreError) -> Change {
        try check(path, condition)
        let change = Change(revision: revision + 1, path: path, body: body, kind: .set)
        apply(change, tree.setting(path, to: File(body: body, revision: change.revision)))
        return change
    }

    /// Deletes a file, as one change; a file that is missing is deleted too, and the change happens.
    ///
    /// - Parameters:
    ///   - path: The file; directories it leaves empty go with it.
    ///   - condition: The greatest revision the file may have, or ``Revision/clobber``.
    /// - Throws: ``StoreError`` but ``StoreError/tooLate(requested:oldest:)``; then nothing has changed.
    public mutating func delete(_ path: DoozerPath, ifAtMost condition: Int64) throws(StoreError) -> Change {
        try check(path, condition)
        let change = Change(revision: revision + 1, path: path, body: [], kind: .deleted)
        apply(change, tree.removing(path))
        return change
    }

    /// Makes a revision in which nothing changes.
    public mutating func advance() -> Change {
        let change = Change(revision: revision + 1, path: .root, body: [], kind: .none)
        apply(change, tree)
        return change
    }

    /// The files as they were at `revision`, or `nil` while it is still to come.
    ///
    /// - Parameter revision: Anything below 1 means 1.
    /// - Throws: ``StoreError/tooLate(requested:oldest:)``.
    public func tree(at revision: Int64) throws(StoreError) -> Tree? {
        let revision = max(revision, 1)
        guard revision <= self.revision else { return nil }
        return history[try offset(of: revision)].tree
    }

    /// The first change from `revision` on that is already there and that `glob` matches.
    ///
    /// - Parameter revision: Anything below 1 means 1.
    /// - Throws: ``StoreError/tooLate(requested:oldest:)``.
    public func firstChange(matching glob: Glob, from revision: Int64) throws(StoreError) -> Change? {
        let revision = max(revision, 1)
        guard revision <= self.revision else { return nil }
        for offset in try offset(of: revision)..<history.count where glob.matches(history[offset].change.path) {
            return history[offset].change
        }
        return nil
    }

    private func offset(of revision: Int64) throws(StoreError) -> Int {
        guard revision >= oldestRevision else { throw .tooLate(requested: revision, oldest: oldestRevision) }
        return Int(revision - oldestRevision)
    }

    private func check(_ path: DoozerPath, _ condition: Int64) throws(StoreError) {
        if tree.isBelowFile(path) { throw .notDirectory }
        let current = tree[path]?.revision ?? Revision.missing
        if condition != Revision.clobber, condition < current { throw .revisionMismatch(current: current) }
        if current == Revision.directory { throw .isDirectory }
    }

    private mutating func apply(_ change: Change, _ tree: Tree) {
        revision = change.revision
        self.tree = tree
        history.append(History.Entry(change: change, tree: tree))
    }
}

/// The last so many changes with the tree after each, oldest first, in a ring that grows to its capacity.
struct History: Sendable {
    struct Entry: Sendable {
        var change: Change
        var tree: Tree
    }

    let capacity: Int
    private var ring: [Entry] = []
    private var start = 0

    init(capacity: Int) {
        precondition(capacity >= 1, "a history keeps at least the current revision")
        self.capacity = capacity
    }

    var count: Int { ring.count }

    subscript(offset: Int) -> Entry { ring[(start + offset) % ring.count] }

    mutating func append(_ entry: Entry) {
        if ring.count < capacity {
            ring.append(entry)
        } else {
            ring[start] = entry
            start = (start + 1) % capacity
        }
    }
}
