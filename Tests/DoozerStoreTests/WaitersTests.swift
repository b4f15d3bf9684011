import DoozerProtocol
import Testing

@testable import DoozerStore

@Suite("Those who wait")
struct WaitersTests {
    private func change(_ revision: Int64, _ text: String) throws -> Change {
        Change(revision: revision, path: try path(text), body: [], kind: .set)
    }

    @Test("are told of a change that matches, of their revision or later, in the order they came, once")
    func take() throws {
        var waiters = Waiters<String>()
        _ = waiters.add("pattern", glob: try glob("/a/*"), from: 1)
        _ = waiters.add("literal", glob: try glob("/a/b"), from: 5)
        _ = waiters.add("later", glob: try glob("/a/b"), from: 6)
        _ = waiters.add("other", glob: try glob("/a/c"), from: 1)
        _ = waiters.add("revision", revision: 5)
        _ = waiters.add("next", revision: 6)
        #expect(waiters.take(for: try change(4, "/z")) == [])
        #expect(waiters.take(for: try change(5, "/a/b")) == ["pattern", "literal", "revision"])
        #expect(waiters.take(for: try change(5, "/a/b")) == [])
        #expect(waiters.count == 3)
        #expect(waiters.take(for: try change(6, "/a/b")) == ["later", "next"])
        #expect(waiters.count == 1)
    }

    @Test("are forgotten without a trace", arguments: ["/a", "/a*"])
    func remove(pattern: String) throws {
        var waiters = Waiters<Int>()
        let first = waiters.add(1, glob: try glob(pattern), from: 1)
        let second = waiters.add(2, glob: try glob(pattern), from: 1)
        let third = waiters.add(3, revision: 9)
        waiters.remove(first)
        waiters.remove(first)
        #expect(waiters.count == 2)
        #expect(waiters.take(for: try change(8, "/a")) == [2])
        waiters.remove(second)
        waiters.remove(third)
        #expect(waiters.count == 0)
        #expect(waiters.take(for: try change(9, "/a")) == [])
    }
}
