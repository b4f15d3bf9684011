public import DoozerProtocol

/// Those who wait for the first change from some revision on that matches a glob, and those who wait for a revision.
///
/// The cost of a change does not grow with those who wait for other paths: globs without a wildcard are found by the
/// path, and a pattern is tried once however many wait with it.
public struct Waiters<Owner: Sendable>: Sendable {
    /// Names one who waits, to forget it by.
    public struct ID: Hashable, Sendable {
        fileprivate enum Place: Hashable, Sendable {
            case literal(String)
            case pattern(String)
            case revision(Int64)
        }

        fileprivate let place: Place
        fileprivate let number: UInt64
    }

    private struct Waiter: Sendable {
        let owner: Owner
        let revision: Int64
    }

    private struct Pattern: Sendable {
        let glob: Glob
        var waiters: [UInt64: Waiter] = [:]
    }

    private var literals: [String: [UInt64: Waiter]] = [:]
    private var patterns: [String: Pattern] = [:]
    private var revisions: [Int64: [UInt64: Owner]] = [:]
    private var nextNumber: UInt64 = 0

    /// Makes a table in which nobody waits.
    public init() {}

    /// How many wait.
    public private(set) var count = 0

    /// Waits for a change that `glob` matches, of `revision` or later.
    public mutating func add(_ owner: Owner, glob: Glob, from revision: Int64) -> ID {
        let number = takeNumber()
        let waiter = Waiter(owner: owner, revision: revision)
        if glob.isLiteral {
            literals[glob.text, default: [:]][number] = waiter
            return ID(place: .literal(glob.text), number: number)
        }
        patterns[glob.text, default: Pattern(glob: glob)].waiters[number] = waiter
        return ID(place: .pattern(glob.text), number: number)
    }

    /// Waits for `revision` to come.
    public mutating func add(_ owner: Owner, revision: Int64) -> ID {
        let number = takeNumber()
        revisions[revision, default: [:]][number] = owner
        return ID(place: .revision(revision), number: number)
    }

    /// Forgets one who waits; does nothing if it was answered before.
    public mutating func remove(_ id: ID) {
        let removed: Bool
        switch id.place {
        case .literal(let text):
            removed = literals[text]?.removeValue(forKey: id.number) != nil
            if literals[text]?.isEmpty == true { literals[text] = nil }
        case .pattern(let text):
            removed = patterns[text]?.waiters.removeValue(forKey: id.number) != nil
            if patterns[text]?.waiters.isEmpty == true { patterns[text] = nil }
        case .revision(let revision):
            removed = revisions[revision]?.removeValue(forKey: id.number) != nil
            if revisions[revision]?.isEmpty == true { revisions[revision] = nil }
        }
        if removed { count -= 1 }
    }

    /// Takes out all for whom `change` is what they wait for, in the order they came.
    public mutating func take(for change: Change) -> [Owner] {
        var taken: [(number: UInt64, owner: Owner)] = []
        if var waiters = literals[change.path.text] {
            Self.take(from: &waiters, change.revision, into: &taken)
            literals[change.path.text] = waiters.isEmpty ? nil : waiters
        }
        for (text, pattern) in patterns where pattern.glob.matches(change.path) {
            var waiters = pattern.waiters
            patterns[text]?.waiters = [:]
            Self.take(from: &waiters, change.revision, into: &taken)
            patterns[text] = waiters.isEmpty ? nil : Pattern(glob: pattern.glob, waiters: waiters)
        }
        if let owners = revisions.removeValue(forKey: change.revision) {
            taken += owners.map { ($0.key, $0.value) }
        }
        count -= taken.count
        return taken.sorted { $0.number < $1.number }.map(\.owner)
    }

    private static func take(
        from waiters: inout [UInt64: Waiter], _ revision: Int64, into taken: inout [(number: UInt64, owner: Owner)]
    ) {
        var later: [UInt64: Waiter] = [:]
        for (number, waiter) in waiters {
            if waiter.revision <= revision {
                taken.append((number, waiter.owner))
            } else {
                later[number] = waiter
            }
        }
        waiters = later
    }

    private mutating func takeNumber() -> UInt64 {
        defer { nextNumber += 1 }
        count += 1
        return nextNumber
    }
}
