import DoozerProtocol
import Testing

@testable import DoozerStore

@Suite("The history")
struct HistoryTests {
    /// A store whose revisions 1 to 9 each wrote a file, of which 3 are kept.
    private func store() throws -> Store {
        var store = Store(history: 3)
        for revision in 1...9 { _ = try store.set(path("/n/r\(revision)"), to: [UInt8(revision)], ifAtMost: 0) }
        return store
    }

    @Test("has each kept revision as it was", arguments: [7, 8, 9])
    func kept(revision: Int64) throws {
        let tree = try #require(try store().tree(at: revision))
        guard case .directory(let directory) = tree[try path("/n")] else {
            Issue.record("/n is no directory")
            return
        }
        #expect(directory.count == Int(revision))
        #expect(tree[try path("/n/r\(revision + 1)")] == nil)
    }

    @Test("is too late for what is older", arguments: [Int64.min, -1, 0, 1, 6])
    func tooLate(revision: Int64) throws {
        let store = try store()
        let error = StoreError.tooLate(requested: max(revision, 1), oldest: 7)
        #expect(throws: error) { try store.tree(at: revision) }
        #expect(throws: error) { try store.firstChange(matching: glob("/**"), from: revision) }
    }

    @Test("has nothing yet of what is to come", arguments: [10, Int64.max])
    func toCome(revision: Int64) throws {
        let store = try store()
        #expect(try store.tree(at: revision) == nil)
        #expect(try store.firstChange(matching: glob("/**"), from: revision) == nil)
    }

    @Test("gives the first change that matches, from the revision on")
    func firstChange() throws {
        var store = Store(history: 100)
        _ = try store.set(path("/a"), to: [1], ifAtMost: 0)
        _ = try store.set(path("/b"), to: [2], ifAtMost: 0)
        _ = try store.set(path("/a"), to: [3], ifAtMost: -1)
        _ = try store.delete(path("/a"), ifAtMost: -1)
        #expect(try store.firstChange(matching: glob("/a"), from: 0)?.revision == 1)
        #expect(try store.firstChange(matching: glob("/a"), from: 2)?.body == [3])
        #expect(try store.firstChange(matching: glob("/a"), from: 4)?.kind == .deleted)
        #expect(try store.firstChange(matching: glob("/c"), from: 1) == nil)
    }

    @Test("of one revision still has the current one")
    func shortest() throws {
        var store = Store(history: 1)
        _ = try store.set(path("/a"), to: [1], ifAtMost: 0)
        _ = try store.set(path("/a"), to: [2], ifAtMost: 1)
        #expect(try store.tree(at: 2) != nil)
        #expect(store.oldestRevision == 2)
    }
}
