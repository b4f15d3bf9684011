import DoozerProtocol
import Testing

@testable import DoozerStore

func path(_ text: String) throws -> DoozerPath {
    try #require(DoozerPath(text))
}

func glob(_ text: String) throws -> Glob {
    try #require(Glob(text))
}

@Suite("The store")
struct StoreTests {
    @Test("gives each change the next revision")
    func revisions() throws {
        var store = Store(history: 10)
        #expect(store.revision == 0)
        #expect(try store.set(path("/a"), to: [1], ifAtMost: 0).revision == 1)
        #expect(try store.set(path("/b/c"), to: [2], ifAtMost: 0).revision == 2)
        #expect(try store.delete(path("/a"), ifAtMost: 1).revision == 3)
        #expect(store.advance().revision == 4)
        #expect(store.revision == 4)
    }

    struct Condition: Sendable {
        var given: Int64
        var current: Int64
        var isMet: Bool
    }

    @Test(
        "writes and deletes a file only if its revision is at most the one given",
        arguments: [
            Condition(given: 0, current: 0, isMet: true), Condition(given: 5, current: 0, isMet: true),
            Condition(given: -1, current: 0, isMet: true), Condition(given: -2, current: 0, isMet: false),
            Condition(given: 0, current: 3, isMet: false), Condition(given: 2, current: 3, isMet: false),
            Condition(given: 3, current: 3, isMet: true), Condition(given: 4, current: 3, isMet: true),
            Condition(given: -1, current: 3, isMet: true), Condition(given: .max, current: 3, isMet: true),
            Condition(given: .min, current: 3, isMet: false),
        ])
    func condition(row: Condition) throws {
        var store = Store(history: 10)
        while store.revision < row.current - 1 { _ = store.advance() }
        if row.current > 0 { _ = try store.set(path("/a"), to: [1], ifAtMost: -1) }
        let before = store.revision
        var other = store
        if row.isMet {
            #expect(try store.set(path("/a"), to: [2], ifAtMost: row.given).revision == before + 1)
            #expect(try other.delete(path("/a"), ifAtMost: row.given).revision == before + 1)
            #expect(other.tree[try path("/a")] == nil)
        } else {
            let mismatch = StoreError.revisionMismatch(current: row.current)
            #expect(throws: mismatch) { try store.set(path("/a"), to: [2], ifAtMost: row.given) }
            #expect(throws: mismatch) { try other.delete(path("/a"), ifAtMost: row.given) }
            #expect(store.revision == before && other.revision == before)
        }
    }

    @Test("takes no file for a directory and no directory for a file")
    func kinds() throws {
        var store = Store(history: 10)
        _ = try store.set(path("/a/b"), to: [], ifAtMost: 0)
        #expect(throws: StoreError.isDirectory) { try store.set(path("/a"), to: [], ifAtMost: -1) }
        #expect(throws: StoreError.isDirectory) { try store.delete(path("/a"), ifAtMost: -1) }
        #expect(throws: StoreError.isDirectory) { try store.set(.root, to: [], ifAtMost: 0) }
        #expect(throws: StoreError.notDirectory) { try store.set(path("/a/b/c"), to: [], ifAtMost: -1) }
        #expect(throws: StoreError.notDirectory) { try store.delete(path("/a/b/c/d"), ifAtMost: -1) }
        #expect(store.revision == 1)
    }

    @Test("removes the directories that a deletion leaves empty, and no others")
    func emptyDirectories() throws {
        var store = Store(history: 10)
        _ = try store.set(path("/a/b/c/d"), to: [], ifAtMost: 0)
        _ = try store.set(path("/a/x"), to: [], ifAtMost: 0)
        _ = try store.delete(path("/a/b/c/d"), ifAtMost: -1)
        #expect(store.tree[try path("/a/b")] == nil)
        #expect(store.tree[try path("/a")]?.revision == Revision.directory)
        _ = try store.delete(path("/a/x"), ifAtMost: -1)
        #expect(store.tree.root.count == 0)
    }

    @Test("takes paths as deep as they can be")
    func depth() throws {
        var store = Store(history: 3)
        let deepest = try path(String(repeating: "/a", count: DoozerPath.maximumLength / 2))
        _ = try store.set(deepest, to: [1], ifAtMost: 0)
        var walk = FileWalk(try glob("/**"), in: store.tree)
        #expect(walk.next()?.path == deepest)
        _ = try store.delete(deepest, ifAtMost: -1)
        #expect(store.tree.root.count == 0)
    }
}
